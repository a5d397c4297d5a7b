import {
  createModel,
  cropBatches,
  generate,
  memoryTokens,
  train,
  trainingConfig,
} from '@ramble/core';
import { textDomain } from '@ramble/language';
import { cpuEngine, wasmEngine } from '@ramble/portable';
import { trainCharacters } from '@ramble/tokenizers';

const ENGINES = { cpu: cpuEngine, wasm: wasmEngine };
const SIZE = { contextLength: 32, nLayer: 2, nHead: 2, nEmbd: 48 };

/**
 * Trains a small model of characters on a text, then continues a prompt. Code and numbers are the same in
 * Node and in a browser.
 *
 * @yields `{ step, loss }` for each step, then `{ written }` for each token.
 */
export async function* learn(text, { engine = 'wasm', steps, prompt, length, seed = 0 }) {
  await ENGINES[engine].load();
  const domain = textDomain(await trainCharacters([text]));
  const tokens = memoryTokens(domain.encodeExample({ text, endsDocument: false }).tokens);
  const model = createModel({ vocabSize: domain.vocabulary.size, ...SIZE }, { seed });
  const config = trainingConfig({
    maxSteps: steps,
    batchSize: 12,
    learningRate: 0.005,
    warmupSteps: 10,
    seed,
  });
  const batches = cropBatches(tokens, { contextLength: SIZE.contextLength, batchSize: 12, seed });
  for await (const report of train({ model, config, batches, clock: performance })) {
    if (report.kind === 'step') yield { step: report.step, loss: report.loss };
  }
  // The training text has no end inside, so the model has not learned what follows an end.
  const options = {
    maxNewTokens: length,
    temperature: 0.7,
    seed,
    suppressedTokens: domain.stopTokens,
  };
  for await (const event of generate(model, domain.encodePrompt(prompt), options)) {
    if (event.kind === 'token') yield { written: domain.decodeOutput([event.token]) };
  }
}
