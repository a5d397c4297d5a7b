import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startRamble } from '../test/start-ramble.js';

/** Beats a minute, with the steps of 10 ms that a beat has; and notes of a chord, one to a beat. */
const TEMPOS = [
  [80, 75],
  [150, 40],
] as const;
const CHORDS = [1, 3] as const;
const CHORD = [0, 4, 7];

let folder: string;
const at = (path: string): string => join(folder, path);

async function succeed(...words: string[]): Promise<string> {
  const ended = await startRamble(['music', ...words], { cacheFolder: at('cache') });
  expect([ended.status, ended.stderr.includes('error')]).toEqual([0, false]);
  return ended.stdout;
}

/** Chords of a scale, one after another, as ids of Performance RNN. */
function tune(first: number, notes: number, steps: number): number[] {
  const beats = Array.from({ length: 40 }, (_, i) => first + [0, 2, 4, 5, 7, 5, 4, 2][i % 8]);
  const events = beats.flatMap((pitch) => {
    const keys = CHORD.slice(0, notes).map((above) => pitch + above);
    return [...keys, 256 + steps - 1, ...keys.map((key) => key + 128)];
  });
  return [380, ...events];
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-controls-'));
  await mkdir(at('tunes'));
  for (const first of [53, 57, 60]) {
    for (const [tempo, steps] of TEMPOS) {
      for (const notes of CHORDS) {
        const out = at(`tunes/${first}-${tempo}-${notes}.mid`);
        await succeed('decode', ...tune(first, notes, steps).map(String), '--out', out);
      }
    }
  }
  await succeed(
    ...['train', '--data', at('tunes'), '--out', at('run'), '--controls', '--max-steps', '500'],
    ...['--n-layer', '2', '--n-head', '2', '--n-embd', '32', '--context-length', '48'],
    ...[
      '--batch-size',
      '16',
      '--learning-rate',
      '5e-3',
      '--attention',
      'relative',
      '--positions',
      'none',
    ],
    ...['--eval-interval', '500', '--quiet'],
  );
}, 180_000);
afterAll(() => rm(folder, { recursive: true }));

/** Notes a second, and steps from one chord to the next: medians of five outputs that were asked for. */
async function played(density: number, tempo: number): Promise<{ density: number; gap: number }> {
  const asked = ['--density', `${density}`, '--tempo', `${tempo}`, '--length-seconds', '20'];
  const words = ['sample', '--model', at('run'), ...asked, '--count', '5', '--seed', '3'];
  const more = ['--temperature', '0.5', '--json', '--out', at('asked.mid')];
  const lines = (await succeed(...words, ...more)).trim().split('\n');
  const outputs = lines.map((line) => (JSON.parse(line) as { tokens: number[] }).tokens);
  const shiftsOf = (ids: number[]): number[] =>
    ids.filter((id) => id >= 256 && id < 356).map((id) => id - 255);
  const densities = outputs.map((ids) => {
    const steps = shiftsOf(ids).reduce((sum, shift) => sum + shift, 0);
    return (100 * ids.filter((id) => id < 128).length) / steps;
  });
  return { density: median(densities), gap: median(outputs.flatMap(shiftsOf)) };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

describe('a model with controls', () => {
  it('plays as densely and as fast as it is asked', async () => {
    for (const [tempo, steps] of TEMPOS) {
      for (const notes of CHORDS) {
        const density = (notes * tempo) / 60;
        const { density: measured, gap } = await played(density, tempo);
        expect(Math.abs(measured / density - 1)).toBeLessThan(0.5); // the other density is 3 times as high
        expect(Math.abs(gap / steps - 1)).toBeLessThan(0.1); // stretched by up to a twentieth
      }
    }
  });

  it('says what it cannot be asked for', async () => {
    const words = ['music', 'sample', '--model', at('run'), '--tempo', '999', '--out', at('a.mid')];
    const { status, stderr } = await startRamble(words);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^error: --tempo: expected a number of at least 40 and at most 240, got 999/,
    );
  });
});
