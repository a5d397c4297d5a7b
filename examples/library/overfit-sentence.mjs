// Memorizes one sentence and prints it, letter by letter: node examples/library/overfit-sentence.mjs ['A
// sentence.']
import {
  createModel,
  exampleBatches,
  generate,
  loadFirstEngine,
  train,
  trainingConfig,
} from '@ramble/core';
import { textDomain } from '@ramble/language';
import { nativeEngine } from '@ramble/native';
import { wasmEngine } from '@ramble/portable';
import { trainCharacters } from '@ramble/tokenizers';

const [text = 'Call me Ishmael.'] = process.argv.slice(2);
await loadFirstEngine([nativeEngine, wasmEngine]);
const domain = textDomain(await trainCharacters([text]));

// An empty prompt is the token that ends documents; the sentence is trained from one such token to the next.
const start = domain.encodePrompt('');
const sentence = domain.encodeExample({ text, endsDocument: true });
const tokens = [...start.tokens, ...sentence.tokens];
const example = { tokens, lossWeights: tokens.map(() => 1) };
const contextLength = tokens.length;

const vocabSize = domain.vocabulary.size;
const model = createModel({ vocabSize, contextLength, nLayer: 1, nHead: 2, nEmbd: 32 });
const config = trainingConfig({ maxSteps: 60, warmupSteps: 5, learningRate: 0.01, batchSize: 1 });
const examples = {
  length: 1,
  lengthOf: () => tokens.length,
  read: () => Promise.resolve(example),
};
const batches = exampleBatches(examples, { contextLength, batchSize: 1, seed: 0 });
for await (const report of train({ model, config, batches, clock: performance })) {
  if (report.kind === 'step' && report.step % 20 === 0) {
    console.log(`step ${report.step}: ${report.loss.toFixed(4)} nats`);
  }
}

const written = [];
const options = { method: 'greedy', stopTokens: domain.stopTokens, maxNewTokens: contextLength };
for await (const event of generate(model, start, options)) {
  if (event.kind === 'token') written.push(event.token);
}
console.log(domain.decodeOutput(written));
