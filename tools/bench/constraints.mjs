/**
 * Measures the cost of constraints with a trained model of text, on the engine native:
 *   constraints.mjs RUN [--rounds 5] [--tokens 160] [--weights "as stored"]
 * Writes outputs without and with a constraint, in turns. Prints JSON: medians of milliseconds per token, of elapsed
 * and of processor time, their ratios less 1 (`slower`), and for the first output of each constraint, which also
 * compiles it, the processor time to compile. On a machine that is not idle, compare the processor time.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

import { generate } from '@ramble/core';
import { createConstraint } from '@ramble/language/constraints';
import { nativeEngine } from '@ramble/native';
import { loadDomain, loadRun } from '@ramble/runs';
import { findRun } from '@ramble/runs/node';
import { textApp } from '@ramble/text-app';

import { median } from './numbers.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    tokens: { type: 'string', default: '160' },
    weights: { type: 'string', default: 'as stored' },
  },
});
const [rounds, maxNewTokens] = [Number(values.rounds), Number(values.tokens)];
await nativeEngine.load();
const { storage, step } = findRun(positionals[0]);
const { model, ...run } = await loadRun(storage, { step, weights: values.weights });
const domain = await loadDomain(run, textApp.factory);
const prompt = domain.encodePrompt('A list of people, as JSON:\n');

const person = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 30 },
    age: { type: 'integer', minimum: 0, maximum: 120 },
    about: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' } },
  },
  required: ['name', 'age', 'about', 'tags'],
};
const sources = {
  'list of objects': { jsonSchema: { type: 'array', items: person, minItems: 50 } },
  'string of at most 900': { jsonSchema: { type: 'string', minLength: 800, maxLength: 900 } },
  'any JSON': { jsonSchema: { type: 'array', minItems: 200 } },
  regex: { regex: String.raw`([A-Z][a-z ,']+\. ){50}` },
  grammar: { grammar: String.raw`root ::= ("- " [^\n]{3,60} "\n"){50}` },
};
const sampling = { method: 'random', temperature: 0.8, topP: 0.95 };
const results = {};
for (const [name, source] of Object.entries(sources)) results[name] = await compare(source);
console.log(JSON.stringify({ processor: cpus()[0].model, rounds, maxNewTokens, results }, null, 2));

async function compare(source) {
  const start = process.cpuUsage();
  const constraint = createConstraint(domain, source);
  const { user, system } = process.cpuUsage(start);
  const first = await write({ constraint, seed: rounds + 1 });
  await write({ seed: 1 });
  const [plain, constrained] = [[], []];
  for (let seed = 1; seed <= rounds; seed++) {
    plain.push(await write({ seed }));
    constrained.push(await write({ constraint, seed }));
  }
  const summary = (name) => {
    const [one, other] = [plain, constrained].map((times) =>
      median(times.map((each) => each[name])),
    );
    return { plainMs: one, constrainedMs: other, slower: other / one - 1 };
  };
  const [elapsed, processor] = [summary('elapsedMs'), summary('processorMs')];
  return { compileMs: (user + system) / 1000, first, elapsed, processor };
}

/** Samples one output. Returns the elapsed time and the processor time per token after the first, in milliseconds. */
async function write(options) {
  const given = { ...sampling, maxNewTokens, ...options, stopTokens: [] };
  let [start, used, count] = [0, process.cpuUsage(), -1];
  for await (const { kind } of generate(model, prompt, given)) {
    if (kind !== 'token' || ++count > 0) continue;
    [start, used] = [performance.now(), process.cpuUsage()];
  }
  const { user, system } = process.cpuUsage(used);
  return {
    elapsedMs: (performance.now() - start) / count,
    processorMs: (user + system) / 1000 / count,
  };
}
