import { mkdir, writeFile } from 'node:fs/promises';

import { runHere } from '../test/run-here.js';
import { type SmallTraining, smallTraining } from '../test/small-training.js';

/** A scale up and down, as ids of Performance RNN: loud, then notes of a quarter of a second. */
const TUNE = [387, ...[60, 62, 64, 65, 67, 65, 64, 62].flatMap((key) => [key, 280, key + 128])];
const NOUNS = ['cat', 'dog', 'hat', 'bag', 'boat', 'house', 'tree'];
const SIZE = ['--n-layer', '2', '--n-head', '2', '--n-embd', '16', '--context-length', '48'];
const RECIPE = ['--batch-size', '2', '--grad-accum-steps', '4', '--dropout', '0.1', '--quiet'];
const LENGTH = ['--max-steps', '12', '--eval-interval', '6'];

let training: SmallTraining;
const at: SmallTraining['at'] = (name) => training.at(name);

beforeAll(async () => {
  training = await smallTraining();
  await mkdir(at('tunes'));
  for (let semitones = 0; semitones < 3; semitones++) {
    const ids = TUNE.map((id) => (id < 256 ? id + semitones : id));
    const many = Array.from({ length: 9 }, (_, i) => (i === 0 ? ids : ids.slice(1))).flat();
    const out = at(`tunes/${semitones}.mid`);
    await runHere(['music', 'decode', ...many.map(String), '--out', out]);
  }
  // Lines of different lengths: a batch contains several lengths, each with different weights.
  const lines = NOUNS.flatMap((a) => NOUNS.map((b, i) => `a ${a} and a ${b} `.repeat((i % 3) + 1)));
  await writeFile(at('pairs.en'), lines.map((line) => `${line}\n`).join(''));
  await writeFile(at('pairs.up'), lines.map((line) => `${line.toUpperCase()}\n`).join(''));
});
afterAll(() => training.remove());

describe('train on several ranks produces the bytes of one process', () => {
  it.each([
    ['music', () => ['--data', at('tunes'), '--attention', 'relative']],
    [
      'translation',
      () => [
        ...['--source', at('pairs.en'), '--target', at('pairs.up'), '--bpe-vocab-size', '280'],
        ...['--label-smoothing', '0.1'],
      ],
    ],
  ])('with examples of %s', async (domain, data) => {
    const words = (out: string): string[] => [
      ...[domain, 'train', ...data(), '--out', at(out), ...SIZE, ...RECIPE, ...LENGTH],
    ];
    const { status, stderr } = await runHere(words(`${domain}-1`), { cacheFolder: at('cache') });
    expect([status, stderr]).toEqual([0, '']);
    const { inMemoryRanks } = await import('@ramble/parallel');
    const expected = await training.hashOf(`${domain}-1`);
    for (const [count, more] of [
      [2, []],
      [4, ['--shard-optimizer']],
    ] as const) {
      const out = `${domain}-${count}`;
      const ended = await Promise.all(
        inMemoryRanks(count).map((ranks) => runHere([...words(out), ...more], { ranks })),
      );
      expect(ended.map(({ status, stderr }) => [status, stderr])).toEqual(ended.map(() => [0, '']));
      expect(await training.hashOf(out)).toBe(expected);
    }
  });
});
