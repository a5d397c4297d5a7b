import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runHere } from '../test/run-here.js';

/** Beats a minute with the number of 10 ms steps of a beat, and notes of a chord, one to a beat. */
const TEMPOS = [
  [80, 75],
  [150, 40],
] as const;
const CHORDS = [1, 3] as const;
const CHORD = [0, 4, 7];

let folder: string;
const at = (path: string): string => join(folder, path);

async function succeed(...words: string[]): Promise<string> {
  const ended = await runHere(['music', ...words], { cacheFolder: at('cache') });
  expect([ended.status, ended.stderr.includes('error')]).toEqual([0, false]);
  return ended.stdout;
}

/** Four beats of a chord and four of the one a fourth above, as ids of Performance RNN. */
function tune(first: number, notes: number, steps: number): number[] {
  const beats = Array.from({ length: 40 }, (_, i) => first + (i % 8 < 4 ? 0 : 5));
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
    ...['--batch-size', '16', '--learning-rate', '5e-3', '--eval-interval', '500', '--quiet'],
    ...['--attention', 'relative', '--positions', 'none'],
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** The ids of five outputs for the given flags. */
async function played(...flags: string[]): Promise<number[][]> {
  const words = ['sample', '--model', at('run'), ...flags, '--length-seconds', '20'];
  const more = ['--count', '5', '--seed', '3', '--temperature', '0.5', '--out', at('asked.mid')];
  const lines = (await succeed(...words, ...more, '--json')).trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { tokens: number[] }).tokens);
}

/** The steps of the time shifts. */
function shiftsOf(ids: readonly number[]): number[] {
  return ids.filter((id) => id >= 256 && id < 356).map((id) => id - 255);
}

/** Notes a second. */
function densityOf(ids: readonly number[]): number {
  const steps = shiftsOf(ids).reduce((sum, shift) => sum + shift, 0);
  return (100 * ids.filter((id) => id < 128).length) / steps;
}

/** The lowest pitch class of each chord: note-ons without a time shift between them. */
function rootsOf(ids: readonly number[]): number[] {
  const chords = ids
    .map((id) => (id < 128 ? `${id}` : id >= 256 && id < 356 ? '|' : ''))
    .join(' ')
    .split('|');
  const pitches = chords.map((chord) => chord.split(' ').filter(Boolean).map(Number));
  return pitches.filter((each) => each.length > 0).map((each) => Math.min(...each) % 12);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

describe('a model with controls', () => {
  it('plays with the density and the tempo that are requested', async () => {
    for (const [tempo, steps] of TEMPOS) {
      for (const notes of CHORDS) {
        const density = (notes * tempo) / 60;
        const outputs = await played('--density', `${density}`, '--tempo', `${tempo}`);
        const measured = median(outputs.map(densityOf));
        expect(Math.abs(measured / density - 1)).toBeLessThan(0.5); // the other density is 3 times as high
        const gap = median(outputs.flatMap(shiftsOf));
        expect(Math.abs(gap / steps - 1)).toBeLessThan(0.1); // stretched by up to a twentieth
      }
    }
  });

  it('plays the requested chords', async () => {
    const rootsByChords = { 'C,F': [0, 5], 'Eb,Ab': [3, 8] };
    for (const [chords, own] of Object.entries(rootsByChords)) {
      const outputs = await played('--chords', chords, '--tempo', '80', '--density', '4');
      const roots = outputs.flatMap(rootsOf);
      for (const each of Object.values(rootsByChords)) {
        const share = roots.filter((root) => each.includes(root)).length / roots.length;
        if (each === own) expect(share).toBeGreaterThan(0.4);
        else expect(share).toBeLessThan(0.2);
      }
    }
  });

  it('refuses a tempo out of range', async () => {
    const words = ['music', 'sample', '--model', at('run'), '--tempo', '999', '--out', at('a.mid')];
    const { status, stderr } = await runHere(words);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^error: --tempo: expected a number of at least 40 and at most 240, got 999/,
    );
  });
});
