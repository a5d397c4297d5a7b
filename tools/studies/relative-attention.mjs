/**
 * Whether relative attention learns piano music better than plain attention, at equal parameters, steps and
 * seed:
 *   relative-attention.mjs DATA FOLDER PICTURE.svg [seeds] [kinds]
 * Plain attention's MLP is wider by as many parameters as distances have. Trains each kind from each seed,
 * into a run of FOLDER; one that stands there already is only finished. Prints a line of JSON for each seed,
 * with the lowest loss of the pieces held out in nats an event, and draws these losses as they fell.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const KINDS = {
  relative: { colour: '#d9480f', flags: ['--attention', 'relative'] },
  plain: { colour: '#4269d0', flags: ['--attention', 'causal', '--mlp-dim', '1280'] },
};
const RECIPE = [
  ...['--n-layer', '4', '--n-head', '4', '--n-embd', '256', '--context-length', '512'],
  ...['--batch-size', '8', '--max-steps', '1700', '--eval-interval', '340'],
  ...['--learning-rate', '1.5e-3', '--warmup-steps', '100', '--beta2', '0.99'],
];

const [data, folder, picture, seeds = '3', kinds = Object.keys(KINDS).join()] =
  process.argv.slice(2);
if (picture === undefined) {
  throw new Error('relative-attention.mjs: expected DATA, FOLDER and PICTURE.svg, got fewer words');
}
// Not of the package's index, which must not load what draws.
const drawing = new URL('../../packages/command-line/dist/report/line-chart.js', import.meta.url);
const { lineChart } = await import(drawing);
const ramble = fileURLToPath(new URL('../../apps/ramble/bin/ramble.js', import.meta.url));

const lines = [];
for (let seed = 0; seed < Number(seeds); seed++) {
  const best = {};
  for (const kind of kinds.split(',')) {
    const { colour, flags } = KINDS[kind];
    const points = losses(`${kind}-${seed}`, [...flags, '--seed', String(seed)]);
    best[kind] = Math.min(...points.map(({ y }) => y));
    lines.push({ name: kind, colour, points, dots: true }); // a legend of kinds, not of seeds
  }
  console.log(JSON.stringify({ seed, ...best }));
}
const chart = lineChart(lines, { xLabel: 'step', yLabel: 'nats per event', standsAlone: true });
writeFileSync(picture, `${chart.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"')}\n`);

/** What a run says of the pieces held out, step by step. */
function losses(name, flags) {
  const out = join(folder, name);
  const rest = existsSync(out) ? ['--resume'] : ['--data', data, ...flags, ...RECIPE];
  const words = ['music', 'train', '--out', out, ...rest, '--quiet'];
  execFileSync(process.execPath, [ramble, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  const entries = readFileSync(join(out, 'log.jsonl'), 'utf8').trim().split('\n');
  return entries.flatMap((line) => {
    const { step, validationLoss } = JSON.parse(line);
    return validationLoss === undefined ? [] : [{ x: step, y: validationLoss }];
  });
}
