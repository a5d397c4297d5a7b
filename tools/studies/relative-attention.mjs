/**
 * Whether relative attention learns piano music better than plain attention, at equal steps and seed and
 * about 3.9 M parameters each, since the MLP of the plain one is wider by as much as distances take:
 *   relative-attention.mjs DATA FOLDER PICTURE.svg [seeds]
 * Trains both from each seed, each into a run of FOLDER; one that stands there already is only finished.
 * Prints a line of JSON for each seed, with the lowest loss of the pieces held out in nats an event, and
 * draws these losses as they fell.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [data, folder, picture, seeds = '3'] = process.argv.slice(2);
if (picture === undefined) {
  throw new Error('relative-attention.mjs: expected DATA, FOLDER and PICTURE.svg, got fewer words');
}
// Not of the package's index, which must not load what draws.
const drawing = new URL('../../packages/app-kit/dist/report/line-chart.js', import.meta.url);
const { lineChart } = await import(drawing);
const ramble = fileURLToPath(new URL('../../apps/ramble/bin/ramble.js', import.meta.url));
const KINDS = {
  relative: { colour: '#d9480f', flags: ['--attention', 'relative'] },
  causal: { colour: '#4269d0', flags: ['--attention', 'causal', '--mlp-dim', '1280'] },
};
const RECIPE = [
  ...['--n-layer', '4', '--n-head', '4', '--n-embd', '256', '--context-length', '512'],
  ...['--batch-size', '8', '--max-steps', '1200', '--eval-interval', '200'],
  ...['--learning-rate', '1.5e-3', '--warmup-steps', '100', '--beta2', '0.99'],
];

const lines = [];
for (let seed = 0; seed < Number(seeds); seed++) {
  const best = {};
  for (const [kind, { colour, flags }] of Object.entries(KINDS)) {
    const points = losses(kind, flags, seed);
    best[kind] = Math.min(...points.map(({ y }) => y));
    lines.push({ name: `${kind} ${seed}`, colour, points, dots: true });
  }
  console.log(JSON.stringify({ seed, ...best, margin: best.causal - best.relative }));
}
const chart = lineChart(lines, { xLabel: 'step', yLabel: 'nats an event' });
writeFileSync(picture, `${chart.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"')}\n`);

/** What a run says of the pieces held out, step by step. */
function losses(kind, flags, seed) {
  const out = join(folder, `${kind}-${seed}`);
  const recipe = ['--data', data, ...flags, '--seed', String(seed), ...RECIPE];
  const rest = existsSync(out) ? ['--resume'] : recipe;
  const words = ['music', 'train', '--out', out, ...rest, '--quiet'];
  execFileSync(process.execPath, [ramble, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  const entries = readFileSync(join(out, 'log.jsonl'), 'utf8').trim().split('\n');
  return entries.flatMap((line) => {
    const { step, validationLoss } = JSON.parse(line);
    return validationLoss === undefined ? [] : [{ x: step, y: validationLoss }];
  });
}
