import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Outcome, runCommand } from '../../../test/run-command.js';

const FILES = {
  'hypothesis.txt': 'The cat sat on the mat.\nIt is raining.\n',
  'reference.txt': 'The cat is on the mat.\nIt rains.\n',
  'windows.txt': '\ufeffThe cat is on the mat.\r\nIt rains.\r\n',
  'other.txt': 'A cat sat on a mat.\nRain is falling.',
  'baseline.txt': 'A cat.\nIt is raining.\n',
  'sentences.txt': 'It rains.<n>A cat.\nIt rains.\n',
  'turned.txt': 'A cat.<n>It rains.\nIt rains.\n',
  'short.txt': 'The cat is on the mat.\n',
  'empty.txt': '',
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-metrics-'));
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'latin1.txt'), Buffer.from('né\nnée\n', 'latin1'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs `metrics NAME` on files of the folder; words that name one become its path. */
function metrics(name: string, words: readonly string[], stdin?: string): Promise<Outcome> {
  const paths = words.map((word) => (word.endsWith('.txt') ? join(folder, word) : word));
  return runCommand(['metrics', name, ...paths], { stdin });
}
const PAIR = ['--reference', 'reference.txt', '--hypothesis', 'hypothesis.txt'];

async function json(name: string, words: readonly string[]): Promise<Record<string, unknown>[]> {
  const { stdout, stderr } = await metrics(name, [...words, '--json']);
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('metrics', () => {
  // The output of sacreBLEU 2.6.0 with --format text, without its column of names.
  it.each([
    [
      'bleu',
      'BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0 = 36.9 ' +
        '72.7/44.4/28.6/20.0 (BP = 1.000 ratio = 1.100 hyp_len = 11 ref_len = 10)',
    ],
    ['chrf', 'chrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0 = 57.1'],
    ['ter', 'TER|nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0 = 37.5'],
  ])('prints the line that sacreBLEU prints: %s', async (name, line) => {
    expect(await metrics(name, PAIR)).toEqual({ status: 0, stdout: `${line}\n`, stderr: '' });
  });

  it('prints ROUGE as a table', async () => {
    const { stdout } = await metrics('rouge', PAIR);
    expect(stdout.split('\n')).toEqual([
      'ROUGE|nrefs:1|stem:no|tok:ascii|version:0.1.2',
      '           precision  recall      F1',
      'rouge1        0.5833  0.6667  0.6167',
      'rouge2        0.3000  0.3000  0.3000',
      'rougeL        0.5833  0.6667  0.6167',
      'rougeLsum     0.5833  0.6667  0.6167',
      '',
    ]);
  });

  it('prints JSON with name, score, signature and components', async () => {
    const [bleu] = await json('bleu', [...PAIR, '--smooth-method', 'floor', '--lowercase']);
    expect(bleu).toMatchObject({
      name: 'BLEU',
      signature: 'nrefs:1|case:lc|eff:no|tok:13a|smooth:floor[0.10]|version:2.6.0',
      counts: [8, 4, 2, 1],
    });
    expect(bleu.score).toBeCloseTo(36.8654198, 6);
    const [rouge] = await json('rouge', [...PAIR, '--stemmer']);
    expect(rouge).toMatchObject({
      name: 'ROUGE',
      signature: 'nrefs:1|stem:yes|tok:ascii|version:0.1.2',
    });
    expect((rouge.rouge1 as { recall: number }).recall).toBeCloseTo(11 / 12, 12);
    expect(Object.keys(rouge.rougeLsum as object)).toEqual(['precision', 'recall', 'f1']);
  });

  it('takes several references, Windows line ends and a missing last one', async () => {
    const references = ['--reference', 'windows.txt', 'other.txt'];
    const [score] = await json('bleu', [...references, '--hypothesis', 'hypothesis.txt']);
    expect(score).toMatchObject({ counts: [10, 6, 3, 1] });
    const [one] = await json('chrf', ['--reference', 'windows.txt', ...PAIR.slice(2)]);
    expect(one).toEqual((await json('chrf', PAIR))[0]);
  });

  it('reads standard input', async () => {
    const words = ['--reference', 'reference.txt', '--hypothesis', '-'];
    const { stdout } = await metrics('ter', words, FILES['hypothesis.txt']);
    expect(stdout).toBe((await metrics('ter', PAIR)).stdout);
  });

  it('scores each line, BLEU with the orders that the line has', async () => {
    const scores = await json('bleu', [...PAIR, '--sentence-level']);
    expect(scores.map(({ hypothesisLength }) => hypothesisLength)).toEqual([7, 4]);
    expect(scores[1].signature).toContain('eff:yes');
  });

  it('takes the flags of each metric', async () => {
    const nameOf = async (name: string, words: string[]): Promise<unknown[]> => {
      const [score] = await json(name, [...PAIR, ...words]);
      return [score.name, score.signature];
    };
    expect(await nameOf('chrf', ['--word-order', '2', '--char-order', '5'])).toEqual([
      'chrF2++',
      'nrefs:1|case:mixed|eff:yes|nc:5|nw:2|space:no|version:2.6.0',
    ]);
    expect(await nameOf('ter', ['--no-punct', '--case-sensitive', '--normalized'])).toEqual([
      'TER',
      'nrefs:1|case:mixed|tok:tercom|norm:yes|punct:no|asian:no|version:2.6.0',
    ]);
  });

  it('splits a line into sentences for Lsum', async () => {
    const files = ['--reference', 'sentences.txt', '--hypothesis', 'turned.txt'];
    const recallOf = async (words: string[]): Promise<number[]> => {
      const [score] = await json('rouge', [...files, ...words]);
      return ['rougeL', 'rougeLsum'].map((name) => (score[name] as { recall: number }).recall);
    };
    expect(await recallOf([])).toEqual([0.7, 0.7]); // `n` is a word
    expect(await recallOf(['--sentence-separator', '<n>'])).toEqual([0.75, 1]);
  });

  it('gives a confidence interval, the same for the same seed', async () => {
    const words = [...PAIR, '--confidence', '--confidence-n', '80'];
    const [score] = await json('rouge', [...words, '--measure', 'rougeL']);
    const { mean, low, high } = score.confidence as Record<string, number>;
    expect([low, high]).toEqual([0.4, 5 / 6]);
    expect(Math.abs(mean - 0.6167)).toBeLessThan(0.1);
    expect(score.signature).toMatch(/^nrefs:1\|bs:80\|seed:12345\|/);
    expect(await json('rouge', [...words, '--measure', 'rougeL'])).toEqual([score]);
  });

  // sacreBLEU 2.6.0, --confidence --confidence-n 80 -w 4
  it("has sacreBLEU's mean and signature", async () => {
    const words = [...PAIR, '--confidence', '--confidence-n', '80', '--width', '1'];
    const { stdout } = await metrics('bleu', words);
    const signature = 'nrefs:1|bs:80|seed:12345|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0';
    expect(stdout).toContain(`BLEU|${signature} = 36.9 `);
    expect(stdout).toMatch(/\nmean 34\.4, 95 % from \d+\.\d to \d+\.\d\n$/);
    const [score] = await json('bleu', [...PAIR, '--confidence']);
    expect((score.confidence as { mean: number }).mean).toBeCloseTo(33.5697, 4);
  });

  it('compares files with the first one', async () => {
    const words = ['--reference', 'reference.txt', '--hypothesis', 'baseline.txt'];
    const compared = [...words, 'hypothesis.txt', '--paired-bs', '--paired-bs-n', '99'];
    const [before, after] = await json('bleu', compared);
    expect(before).toMatchObject({ hypothesis: join(folder, 'baseline.txt'), name: 'BLEU' });
    expect(before).not.toHaveProperty('pValue');
    expect(after.score).toBeGreaterThan(before.score as number);
    expect(after.pValue).toBe(1 / 100);
    // sacreBLEU's value for the same draws
    expect((before.confidence as { mean: number }).mean).toBeCloseTo(7.66034755, 5);
    expect((after.confidence as { mean: number }).mean).toBeCloseTo(34.2048815, 5);
    const { stdout } = await metrics('bleu', compared);
    expect(stdout).toContain(`${join(folder, 'baseline.txt')} (baseline)\nBLEU|`);
    expect(stdout).toMatch(/, p = 0\.0100\n$/);
  });

  it('compares files with the first one by approximate randomization', async () => {
    const words = ['--reference', 'reference.txt', '--hypothesis', 'baseline.txt'];
    const compared = [...words, 'hypothesis.txt', '--paired-ar', '--paired-ar-n', '99'];
    const [before, after] = await json('bleu', compared);
    expect(before).not.toHaveProperty('confidence');
    expect(after.pValue).toBe(1 / 100); // sacreBLEU's
    expect(after.signature).toMatch(/^nrefs:1\|ar:99\|seed:12345\|case:mixed/);
    expect((await metrics('bleu', compared)).stdout).toMatch(/\np = 0\.0100\n$/);
  });
});

describe('metrics, wrongly used,', () => {
  it.each<[string[], string]>([
    [
      ['--hypothesis', 'a', 'b'],
      '--hypothesis: expected one file unless --paired-bs or --paired-ar is given, got 2',
    ],
    [
      ['--hypothesis', 'a', '--paired-bs'],
      '--paired-bs: expected two or more files for --hypothesis, got one',
    ],
    [
      ['--hypothesis', 'a', '--sentence-level', '--confidence'],
      '--sentence-level: expected no --confidence with it, got both',
    ],
    [
      ['--hypothesis', 'a', 'b', '--confidence', '--paired-bs'],
      '--confidence: expected no --paired-bs with it, got both',
    ],
    [
      ['--hypothesis', 'a', 'b', '--paired-ar', '--paired-bs'],
      '--paired-ar: expected no --paired-bs with it, got both',
    ],
    [
      [...PAIR.slice(2), '--smooth-value', '1'],
      '--smooth-value: expected --smooth-method floor or add-k with it, got exp',
    ],
    [
      [...PAIR.slice(2), '--tokenize', '14'],
      '--tokenize: expected 13a, intl, zh, char or none, got "14"',
    ],
  ])('prints the error: %j', async (words, message) => {
    const ended = await metrics('bleu', ['--reference', 'reference.txt', ...words]);
    expect(ended).toEqual({ status: 2, stdout: '', stderr: `error: ${message}\n` });
  });

  it.each<[string[], (at: (name: string) => string) => string]>([
    [
      ['--reference', 'short.txt', '--hypothesis', 'hypothesis.txt'],
      (at) => `${at('short.txt')}: expected 2 lines, as ${at('hypothesis.txt')} has, got 1`,
    ],
    [
      ['--reference', 'none.txt', '--hypothesis', 'hypothesis.txt'],
      (at) => `${at('none.txt')}: expected a file or folder, got nothing at that path`,
    ],
    [
      ['--reference', 'latin1.txt', '--hypothesis', 'hypothesis.txt'],
      (at) =>
        `${at('latin1.txt')}: expected UTF-8 text, got byte 0xe9 at offset 1; iconv converts text of another encoding`,
    ],
    [
      ['--reference', 'empty.txt', '--hypothesis', 'empty.txt'],
      (at) => `${at('empty.txt')}: expected at least one line, got none`,
    ],
  ])('names the file: %j', async (words, message) => {
    const stderr = `error: ${message((name) => join(folder, name))}\n`;
    expect(await metrics('rouge', words)).toEqual({ status: 1, stdout: '', stderr });
  });

  it('prints the nearest verb and the list of verbs', async () => {
    const { status, stderr } = await runCommand(['metrics', 'blue']);
    expect([status, stderr]).toEqual([
      2,
      'error: blue: unknown verb of ramble metrics. Did you mean bleu?\n',
    ]);
    const { stdout } = await runCommand(['metrics']);
    expect(stdout).toContain('Usage: ramble metrics <verb> [options]');
    expect(stdout).toMatch(/rouge +Prints ROUGE-1, 2, L and Lsum/);
    expect((await runCommand(['metrics', '--help'])).stdout).toBe(stdout);
  });
});
