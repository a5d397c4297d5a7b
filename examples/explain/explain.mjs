// Translates, and prints the probability and the alternatives of each word: node examples/explain/explain.mjs
// [TEXT] [RUN]
import { join } from 'node:path';

import { loadFirstEngine } from '@ramble/core';
import { explorerCalls } from '@ramble/explorer';
import { nativeEngine } from '@ramble/native';
import { wasmEngine } from '@ramble/portable';
import { folderStorage } from '@ramble/runs/node';
import { loadDomain, loadRun } from '@ramble/runs';
import { translationApp as app } from '@ramble/translation-app';

const [
  text = 'Text editor for programmers',
  folder = join(import.meta.dirname, '../models/en-fr'),
] = process.argv.slice(2);
const engine = await loadFirstEngine([nativeEngine, wasmEngine]);
const run = await loadRun(folderStorage(folder));
const domain = await loadDomain(run, app.factory);

const model = 'en-fr';
const explored = { id: model, model: run.model, app, domain, engine: engine.name };
const { whole, streamed } = explorerCalls({ list: () => [explored], find: () => explored });

const { prompt } = await whole.encode({ model, text });
const output = [];
for await (const event of streamed.write({
  model,
  prompt,
  sampling: {},
  count: 1,
  alternatives: 3,
})) {
  if (event.kind !== 'token') continue;
  const { id, word, probability, alternatives } = event.token;
  output.push(id);
  const others = alternatives.filter((other) => other.id !== id).map((other) => other.word);
  console.log(`${(100 * probability).toFixed(1).padStart(5)} %  ${word}  not ${others.join(', ')}`);
}
console.log((await whole.artifact({ model, prompt, output })).text);
