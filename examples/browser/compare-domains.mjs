// Training and sampling in each domain except text, which the test compares between Node and a browser.
import { createModel, followGrammar, generate, train, trainingConfig } from '@ramble/core';
import { wasmEngine } from '@ramble/portable';

import { TASKS } from './domain-tasks.mjs';

const [contextLength, batchSize, seed] = [48, 4, 5];

/**
 * Trains for 20 steps on a domain's examples, then samples up to 24 tokens. Returns the losses, the tokens, the
 * decoded output and, if the domain has a grammar, how far the grammar allows the tokens.
 *
 * @param {string} name
 * @returns {Promise<{
 *   losses: number[];
 *   tokens: number[];
 *   output: unknown;
 *   followed?: { forbidden?: number };
 * }>}
 */
export async function learnedIn(name) {
  await wasmEngine.load();
  const { domain, examples, prompt: asked, batches: batchesOf } = await TASKS[name]();
  const source = {
    length: examples.length,
    lengthOf: (i) => domain.encodeExample(examples[i]).tokens.length,
    read: (i, random) => {
      const variation = random && domain.augment?.(examples[i], random);
      return Promise.resolve(domain.encodeExample(variation ?? examples[i]));
    },
  };
  const { size: vocabSize } = domain.vocabulary;
  const model = createModel({ vocabSize, contextLength, nLayer: 2, nHead: 2, nEmbd: 32 }, { seed });
  const config = trainingConfig({ maxSteps: 20, batchSize, learningRate: 5e-3, warmupSteps: 5 });
  const batches = batchesOf(source, { contextLength, batchSize, seed });
  const losses = [];
  for await (const report of train({ model, config, batches, clock: performance })) {
    if (report.kind === 'step') losses.push(report.loss);
  }
  const { stopTokens, grammar } = domain;
  const prompt = domain.encodePrompt(asked);
  const tokens = [];
  const options = { maxNewTokens: 24, stopTokens, grammar, seed };
  for await (const event of generate(model, prompt, options)) {
    if (event.kind === 'token') tokens.push(event.token);
  }
  const followed = grammar && followGrammar(domain, prompt, tokens);
  return { losses, tokens, output: domain.decodeOutput(tokens), followed };
}
