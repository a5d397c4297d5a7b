/**
 * Trains a deep character model and draws its loss and its gradient's norm, step by step:
 *   deep-training.mjs RUN PICTURE.svg [flags of train…]
 * The flags come after `--preset t64 --max-steps 300 --log-interval 1`, so that they override
 * these.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [run, picture, ...flags] = process.argv.slice(2);
if (picture === undefined) {
  throw new Error('deep-training.mjs: expected a run and a picture to write, got fewer words');
}
const ramble = fileURLToPath(new URL('../../apps/ramble/bin/ramble.js', import.meta.url));
const recipe = ['--preset', 't64', '--max-steps', '300', '--log-interval', '1'];
const given = new Set(flags.filter((word) => word.startsWith('--')));
const kept = recipe.filter((_, i) => !given.has(recipe[i - (i % 2)]));
execFileSync(process.execPath, [ramble, 'text', 'train', '--out', run, ...kept, ...flags], {
  stdio: 'inherit',
});

const entries = readFileSync(join(run, 'log.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
  .filter(({ gradientNorm }) => gradientNorm !== undefined);
writeFileSync(picture, drawing(entries));
const [first, last] = [entries[0], entries[entries.length - 1]];
console.log(JSON.stringify({ first, last }));

/** Two curves, one above the other, each over its own range; the norm's is logarithmic. */
function drawing(points) {
  const curve = (name, title, top, scale = (value) => value) => {
    const values = points.map((point) => point[name]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const steps = points[points.length - 1].step;
    const height = (value) => (scale(value) - scale(low)) / (scale(high) - scale(low) || 1);
    const place = ({ step, [name]: value }) =>
      `${(60 + (520 * step) / steps).toFixed(1)},${(top + 150 - 140 * height(value)).toFixed(1)}`;
    const range = `${Number(low.toPrecision(3))} to ${Number(high.toPrecision(3))}`;
    return [
      `<text x="60" y="${top}">${title}: ${range} over ${steps} steps</text>`,
      `<polyline fill="none" stroke="#1864ab" points="${points.map(place).join(' ')}"/>`,
    ];
  };
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 380" font-family="sans-serif" font-size="13">',
    '<rect width="600" height="380" fill="white"/>',
    ...curve('loss', 'loss', 20),
    ...curve(
      'gradientNorm',
      'norm of the gradient before it is clipped, log scale',
      205,
      Math.log10,
    ),
    '</svg>\n',
  ].join('\n');
}
