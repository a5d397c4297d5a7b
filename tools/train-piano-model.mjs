/**
 * Trains a model of `examples/models` that plays the piano, by `tools/piano-models/recipes.mjs`,
 * and writes it with a card of its measurements. With `--card` it uses the existing training:
 *   train-piano-model.mjs piano|piano-played [--minutes N] [--card]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { folderStorage } from '@ramble/runs/node';
import { describeRun, openRun } from '@ramble/runs';

import { cardOf } from './piano-models/card.mjs';
import { splitPieces } from './piano-models/pieces.mjs';
import { RECIPES } from './piano-models/recipes.mjs';

const SAMPLES = 20;

const root = join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string' }, card: { type: 'boolean', default: false } },
});
const [name] = positionals;
const recipe = RECIPES[name];
if (!recipe)
  throw new RangeError(`name: expected ${Object.keys(RECIPES).join(' or ')}, got ${name}`);
const minutes = Number(values.minutes ?? recipe.minutes);
const model = `examples/models/${name}`;
const runs = recipe.stages.map((_, i) => `runs/${name}-${i + 1}`);
const commands = recipe.stages.map(({ flags, share }, i) => [
  ...['music', 'train', '--data', recipe.data, '--out', runs[i]],
  ...(i > 0 ? ['--init-from', runs[i - 1]] : []),
  ...flags,
  ...(share > 0 ? ['--max-minutes', `${Math.round(minutes * share)}`] : []),
]);

if (!values.card) {
  for (const [i, command] of commands.entries()) {
    rmSync(join(root, runs[i]), { recursive: true, force: true });
    ramble(...command);
  }
}
rmSync(join(root, model), { recursive: true, force: true });
await narrow();
const { held, learned } = await splitPieces(recipe.data);
const evaluation = json(
  'evaluate',
  ...['--data', ...held.map(({ path }) => path)],
  ...['--train-data', ...learned.map(({ path }) => path)],
);
const comparison = json('evaluate', '--data', recipe.data, '--samples', `${SAMPLES}`);
const card = await cardOf({
  ...{ root, name, recipe, commands, runs, model, held, learned, evaluation, comparison },
  written: sample(['--count', `${SAMPLES}`, '--max-new-tokens', '1024', '--seed', '1']),
});
mkdirSync(join(root, model, 'samples'), { recursive: true });
recipe.samples.forEach((flags, i) => sample(flags, join(root, model, `samples/${i + 1}.mid`)));
writeFileSync(join(root, model, 'README.md'), card);
console.log(card);

function ramble(...words) {
  return execFileSync(process.execPath, [join(root, 'apps/ramble/bin/ramble.js'), ...words], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e9,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function json(verb, ...words) {
  return JSON.parse(ramble('music', verb, '--model', model, ...words, '--json', '--quiet'));
}

/** Makes a separate run of the best checkpoint, with fewer bits and without paths of this machine. */
async function narrow() {
  const best = ['--count', '1', '--by', 'best', '--weights', recipe.weights];
  ramble('music', 'average', '--model', runs.at(-1), '--out', model, ...best, '--quiet');
  const { description } = await openRun(folderStorage(join(root, model)));
  const published = describeRun({ ...description, origin: undefined });
  writeFileSync(join(root, model, 'run.json'), `${JSON.stringify(published, null, 2)}\n`);
}

/** Samples the model and returns the ids of events. */
function sample(flags, out = join(root, runs.at(-1), 'sample.mid')) {
  const words = ['--model', model, ...flags, '--out', out, '--json', '--quiet'];
  const lines = ramble('music', 'sample', ...words)
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line).tokens);
}
