import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { reversalApp } from '../../../test/reversal-app.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';
import { entropy } from './entropy.js';
import { unitScores } from './unit-scores.js';

const TEXT = 'call me ishmael some years ago never mind how long';

let folder: string;
let cacheBefore: string | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-evaluate-'));
  cacheBefore = process.env.RAMBLE_CACHE;
  process.env.RAMBLE_CACHE = join(folder, 'cache');
  await makeRun(join(folder, 'letters'), lettersApp);
  await makeRun(join(folder, 'reversal'), reversalApp);
  await writeFile(join(folder, 'text.txt'), TEXT);
  await writeFile(join(folder, 'words.rev'), 'ab:ba\nc:c\nabc:cba\nd:d\n');
});
afterAll(async () => {
  if (cacheBefore === undefined) delete process.env.RAMBLE_CACHE;
  else process.env.RAMBLE_CACHE = cacheBefore;
  await rm(folder, { recursive: true });
});

function run(name: string, words: readonly string[]): Promise<Outcome> {
  return runCommand([name, 'evaluate', '--model', join(folder, name), ...words]);
}

interface Report {
  readonly loss: number;
  readonly tokens: number;
  readonly perplexity: number;
  readonly bitsPerLetter: number;
  readonly perplexityPerWord: number;
  readonly stride: number;
  readonly baselines: { uniform: number; unigram: number };
}
async function evaluate(...words: string[]): Promise<Report> {
  const { stdout } = await run('letters', ['--data', join(folder, 'text.txt'), '--json', ...words]);
  return JSON.parse(stdout) as Report;
}

/** Sum of the log-probabilities of some of the text after what comes before it. */
async function score(from: number, start: number, end: number): Promise<number> {
  const words = ['letters', 'score', '--model', join(folder, 'letters'), '--json'];
  const [prompt, output] = [TEXT.slice(from, start), TEXT.slice(start, end)];
  const { stdout } = await runCommand([...words, '--prompt', prompt, '--output', output]);
  return (JSON.parse(stdout) as { logProbability: number }).logProbability;
}

describe('evaluate', () => {
  it('counts every token but the first once, in windows of the context length', async () => {
    const { loss, tokens, perplexity, stride } = await evaluate();
    let expected = 0;
    for (let start = 0; start + 1 < TEXT.length; start += 8) {
      expected -= await score(start, start + 1, start + 9);
    }
    expect(tokens).toBe(TEXT.length - 1);
    expect(loss).toBeCloseTo(expected / tokens, 4);
    expect(perplexity).toBeCloseTo(Math.exp(loss), 9);
    expect(stride).toBe(8);
  });

  it('shows each token more context with a smaller stride', async () => {
    const { loss, tokens, stride } = await evaluate('--stride', '1');
    let expected = -(await score(0, 1, 9));
    for (let at = 9; at < TEXT.length; at++) expected -= await score(at - 8, at, at + 1);
    expect([tokens, stride]).toEqual([TEXT.length - 1, 1]);
    expect(loss).toBeCloseTo(expected / tokens, 4);
  });

  it('tells the loss in units of the text', async () => {
    const { loss, bitsPerLetter, perplexityPerWord } = await evaluate();
    expect(bitsPerLetter).toBeCloseTo(loss / Math.LN2, 9); // a letter is a token
    expect(perplexityPerWord).toBeCloseTo(Math.exp((loss * TEXT.length) / 10), 6);
  });

  it('stands beside what guessing costs', async () => {
    const { baselines } = await evaluate();
    const counted = Array.from(TEXT.slice(1));
    const share = (letter: string): number =>
      counted.filter((each) => each === letter).length / counted.length;
    const unigram = counted.reduce((sum, letter) => sum - Math.log(share(letter)), 0);
    expect(baselines.uniform).toBeCloseTo(Math.log(29), 9);
    expect(baselines.unigram).toBeCloseTo(unigram / counted.length, 9);
  });

  it('counts the targets of examples that are whole', async () => {
    const { stdout } = await run('reversal', ['--data', join(folder, 'words.rev'), '--json']);
    const report = JSON.parse(stdout) as Report;
    expect(report.tokens).toBe(3 + 2 + 4 + 2);
    expect(report).not.toHaveProperty('stride');
    expect(report.loss).toBeGreaterThan(0);
  });

  it('prints a table for people', async () => {
    const { stdout, stderr } = await run('letters', ['--data', join(folder, 'text.txt')]);
    expect(stderr).toBe('');
    expect(stdout.split('\n').map((line) => line.replace(/\s+[\d.,]+/, ' #'))).toEqual([
      'loss #  nats a token',
      'uniform #  the loss of one to whom all tokens are alike',
      'unigram #  the loss of one who knows how often each comes here',
      'perplexity #  a token',
      'bits #  a letter',
      'perplexity #  a word',
      'tokens #  counted',
      'stride #  tokens from one window to the next',
      'speed #  tokens a second',
      'step #  of the checkpoint',
      '',
    ]);
  });
});

describe('evaluate, given what it cannot use,', () => {
  it.each<[string[], number, string]>([
    [['--data', 'empty.txt'], 1, 'empty.txt: expected text, got none'],
    [
      ['--data', 'none.txt'],
      1,
      'none.txt: expected a file, a folder or the name of a corpus, got none',
    ],
    [['--data', 'one.txt'], 1, 'validation data: expected at least 2 tokens, got 1'],
    [
      ['--data', 'text.txt', '--stride', '9'],
      2,
      '--stride: expected an integer from 1 to 8, got 9',
    ],
    [[], 2, '--data: expected a value, got nothing'],
  ])('says so: %j', async (words, status, message) => {
    const before = process.cwd();
    process.chdir(folder);
    await writeFile('empty.txt', '');
    await writeFile('one.txt', 'a');
    try {
      const stderr = `error: ${message}\n`;
      expect(await run('letters', words)).toEqual({ status, stdout: '', stderr });
    } finally {
      process.chdir(before);
    }
  });

  it('has no windows over examples that are whole', async () => {
    const words = ['--data', join(folder, 'words.rev'), '--stride', '2'];
    expect(await run('reversal', words)).toMatchObject({
      status: 2,
      stderr: 'error: --stride: expected none for examples that are whole, got 2\n',
    });
  });
});

describe('entropy', () => {
  it('is that of frequencies, in nats', () => {
    expect(entropy(Float64Array.of(2, 0, 2))).toBeCloseTo(Math.LN2, 12);
    expect(entropy(Float64Array.of(0, 5))).toBeCloseTo(0, 12);
  });
});

describe('unitScores', () => {
  it('gives bits, a perplexity for words, and nothing of units that are not there', () => {
    expect(unitScores(8 * Math.LN2, { byte: 4, word: 2, note: 0 })).toEqual([
      { kind: 'bits', unit: 'byte', value: 2 },
      { kind: 'perplexity', unit: 'word', value: expect.closeTo(16, 9) as number },
    ]);
  });
});
