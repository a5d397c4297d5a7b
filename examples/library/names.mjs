// Trains a model of names with one token per character, and samples new ones: node examples/library/names.mjs
// [NAMES.txt] [COUNT]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

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

const [file = join(import.meta.dirname, 'names.txt'), count = '10'] = process.argv.slice(2);
const names = readFileSync(file, 'utf8').split('\n').filter(Boolean);
await loadFirstEngine([nativeEngine, wasmEngine]);
const domain = textDomain(await trainCharacters(names));

// Each name is a separate sequence, between two tokens that end texts.
const start = domain.encodePrompt('');
const sequences = names.map((text) => {
  const tokens = [...start.tokens, ...domain.encodeExample({ text, endsDocument: true }).tokens];
  return { tokens, lossWeights: tokens.map(() => 1) };
});
const contextLength = Math.max(...sequences.map(({ tokens }) => tokens.length));
const examples = {
  length: sequences.length,
  lengthOf: (index) => sequences[index].tokens.length,
  read: (index) => Promise.resolve(sequences[index]),
};

const vocabSize = domain.vocabulary.size;
const model = createModel({ vocabSize, contextLength, nLayer: 2, nHead: 4, nEmbd: 48 });
const config = trainingConfig({
  maxSteps: 250,
  warmupSteps: 20,
  learningRate: 0.005,
  batchSize: 32,
});
const batches = exampleBatches(examples, { contextLength, batchSize: 32, seed: 0 });
for await (const report of train({ model, config, batches, clock: performance })) {
  if (report.kind === 'step' && report.step % 50 === 0) {
    console.log(`step ${report.step}: ${report.loss.toFixed(2)} nats a letter`);
  }
}

const written = Array.from({ length: Number(count) }, () => []);
const options = {
  count: written.length,
  temperature: 0.9,
  seed: 7,
  stopTokens: domain.stopTokens,
  maxNewTokens: contextLength - 1,
};
for await (const event of generate(model, start, options)) {
  if (event.kind === 'token') written[event.sequence].push(event.token);
}
const known = new Set(names);
for (const tokens of written) {
  const name = domain.decodeOutput(tokens);
  console.log(known.has(name) ? `${name} (learned by heart)` : name);
}
