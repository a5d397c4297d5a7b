/**
 * Whether one kind of model learns piano music better than another, at equal parameters, steps and seed:
 *   music-kinds.mjs relative|architecture DATA FOLDER PICTURE.svg [seeds] [kinds]
 * `relative` compares attention with and without distances, `architecture` the blocks of Llama and GPT-2. One
 * of the two has a wider MLP, or a narrower one, so that the numbers of parameters are the same.
 * Trains each kind from each seed, into a run of FOLDER; an existing run is only finished. Prints a
 * line of JSON for each seed, with the lowest loss of the held-out pieces in nats an event, and
 * draws these losses over the steps.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STUDIES = {
  relative: {
    kinds: {
      relative: { colour: '#d9480f', flags: ['--attention', 'relative'] },
      plain: { colour: '#4269d0', flags: ['--attention', 'causal', '--mlp-dim', '1280'] },
    },
    recipe: [
      ...['--n-layer', '4', '--n-head', '4', '--n-embd', '256', '--context-length', '512'],
      ...['--max-steps', '1700', '--eval-interval', '340', '--learning-rate', '1.5e-3'],
    ],
  },
  architecture: {
    kinds: {
      llama: { colour: '#d9480f', flags: ['--architecture', 'llama', '--mlp-dim', '536'] },
      gpt2: { colour: '#4269d0', flags: ['--architecture', 'gpt2'] },
    },
    recipe: [
      ...['--n-layer', '4', '--n-head', '4', '--n-embd', '192', '--context-length', '256'],
      ...['--max-steps', '600', '--eval-interval', '120', '--learning-rate', '2e-3'],
    ],
  },
};
const OPTIMIZER = ['--batch-size', '8', '--warmup-steps', '100', '--beta2', '0.99'];

const [study, data, folder, picture, seeds = '3', given] = process.argv.slice(2);
if (picture === undefined || !(study in STUDIES)) {
  const known = Object.keys(STUDIES).join('|');
  throw new Error(`music-kinds.mjs: expected ${known} DATA FOLDER PICTURE.svg, got other words`);
}
const { kinds, recipe } = STUDIES[study];
// Not of the package's index, which must not load what draws.
const drawing = new URL('../../packages/command-line/dist/report/line-chart.js', import.meta.url);
const { lineChart } = await import(drawing);
const ramble = fileURLToPath(new URL('../../apps/ramble/bin/ramble.js', import.meta.url));

const lines = [];
for (let seed = 0; seed < Number(seeds); seed++) {
  const best = {};
  for (const kind of given?.split(',') ?? Object.keys(kinds)) {
    const { colour, flags } = kinds[kind];
    const points = losses(`${kind}-${seed}`, [...flags, '--seed', String(seed)]);
    best[kind] = Math.min(...points.map(({ y }) => y));
    lines.push({ name: kind, colour, points, dots: true }); // a legend of kinds, not of seeds
  }
  console.log(JSON.stringify({ seed, ...best }));
}
const chart = lineChart(lines, { xLabel: 'step', yLabel: 'nats per event', standsAlone: true });
writeFileSync(picture, `${chart.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"')}\n`);

/** Losses of a run on the held-out pieces, step by step. */
function losses(name, flags) {
  const out = join(folder, name);
  const rest = existsSync(out) ? ['--resume'] : ['--data', data, ...flags, ...recipe, ...OPTIMIZER];
  const words = ['music', 'train', '--out', out, ...rest, '--quiet'];
  execFileSync(process.execPath, [ramble, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  const entries = readFileSync(join(out, 'log.jsonl'), 'utf8').trim().split('\n');
  return entries.flatMap((line) => {
    const { step, validationLoss } = JSON.parse(line);
    return validationLoss === undefined ? [] : [{ x: step, y: validationLoss }];
  });
}
