/**
 * Measures the speedup of prompt lookup with a trained model of text, on the engine native:
 *   prompt-lookup.mjs RUN [--lookup 10] [--rounds 5] [--tokens 160] [--weights f16] [--passage TEXT]
 * Writes the same tokens with and without it, in turns: after a prompt that contains a passage twice and begins it
 * again, and after only the passage's beginning; sampled, and greedy. Prints JSON with medians of tokens per
 * second, their ratio, and the number of accepted draft tokens.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

import { generate } from '@ramble/core';
import { countParameters } from '@ramble/core/model';
import { nativeEngine } from '@ramble/native';
import { findRun } from '@ramble/runs/node';
import { loadDomain, loadRun } from '@ramble/runs';
import { textApp } from '@ramble/text-app';

import { median } from './numbers.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    lookup: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '5' },
    tokens: { type: 'string', default: '160' },
    weights: { type: 'string', default: 'as stored' },
    passage: { type: 'string', default: 'There now is your insular city of the Manhattoes. ' },
  },
});
const [promptLookup, rounds, maxNewTokens] = [
  Number(values.lookup),
  Number(values.rounds),
  Number(values.tokens),
];
await nativeEngine.load();
const { storage, step } = findRun(positionals[0]);
const { model, ...run } = await loadRun(storage, { step, weights: values.weights });
const domain = await loadDomain(run, textApp.factory);

const beginning = values.passage.slice(0, 20);
const repeating = values.passage.repeat(2) + beginning;
const drawn = { method: 'random', temperature: 0.8 };
const cases = {
  'repeating, likeliest': { prompt: repeating, method: 'greedy' },
  'repeating, drawn': { prompt: repeating, ...drawn },
  'elsewhere, likeliest': { prompt: beginning, method: 'greedy' },
  'elsewhere, drawn': { prompt: beginning, ...drawn },
};
const results = {};
for (const [name, { prompt, ...options }] of Object.entries(cases)) {
  results[name] = await compare(domain.encodePrompt(prompt), options);
}
const machine = { date: new Date().toISOString().slice(0, 10), processor: cpus()[0].model };
const what = { parameters: countParameters(model.config), checkpoint: run.step, promptLookup };
console.log(JSON.stringify({ ...machine, ...what, rounds, results }, null, 2));

async function compare(prompt, options) {
  await write(prompt, { ...options, promptLookup });
  const [plain, guessed] = [[], []];
  for (let seed = 1; seed <= rounds; seed++) {
    plain.push(await write(prompt, { ...options, seed }));
    guessed.push(await write(prompt, { ...options, seed, promptLookup }));
    if (plain.at(-1).tokens.join() === guessed.at(-1).tokens.join()) continue;
    throw new Error(`seed ${seed}: expected the same tokens with prompt lookup, got others`);
  }
  const drafted = sum(guessed.map(({ lookup }) => lookup.drafted));
  const accepted = sum(guessed.map(({ lookup }) => lookup.accepted));
  return {
    plain: Math.round(median(plain.map(({ speed }) => speed))),
    withLookup: Math.round(median(guessed.map(({ speed }) => speed))),
    ratio: Number(median(guessed.map(({ speed }, i) => speed / plain[i].speed)).toFixed(2)),
    drafted,
    accepted,
    text: domain.decodeOutput(plain.at(-1).tokens).slice(0, 60),
  };
}

/** Samples an output, and measures its time without the reading of the prompt. */
async function write(prompt, options) {
  const tokens = [];
  let start = 0;
  let lookup;
  for await (const event of generate(model, prompt, { ...options, maxNewTokens })) {
    if (event.kind === 'token' && tokens.push(event.token) === 1) start = performance.now();
    if (event.kind === 'end') lookup = event.lookup;
  }
  return { tokens, lookup, speed: (1000 * (tokens.length - 1)) / (performance.now() - start) };
}

function sum(numbers) {
  return numbers.reduce((total, each) => total + each, 0);
}
