import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { reversalApp } from '../../../test/reversal-app.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';
import { entropy } from './target-counts.js';

const TEXT = 'call me ishmael some years ago never mind how long';

let folder: string;
let cacheBefore: string | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-evaluate-'));
  cacheBefore = process.env.RAMBLE_CACHE;
  process.env.RAMBLE_CACHE = join(folder, 'cache');
  await makeRun(join(folder, 'letters'), lettersApp);
  await makeRun(join(folder, 'reversal'), reversalApp);
  await makeRun(join(folder, 'broken'), lettersApp, {}, NaN);
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

/** Sum of the log-probabilities of a part of the text, given the text before it. */
async function score(from: number, start: number, end: number): Promise<number> {
  const words = ['letters', 'score', '--model', join(folder, 'letters'), '--json'];
  const [prompt, output] = [TEXT.slice(from, start), TEXT.slice(start, end)];
  const { stdout } = await runCommand([...words, '--prompt', prompt, '--output', output]);
  return (JSON.parse(stdout) as { logProbability: number }).logProbability;
}

describe('evaluate', () => {
  it('ends at Ctrl-C with the loss of the tokens that were scored', async () => {
    const path = join(folder, 'long.txt');
    await writeFile(path, TEXT.replaceAll(/[^a-z]/g, '').repeat(20));
    const words = ['letters', 'evaluate', '--model', join(folder, 'letters'), '--data', path];
    const { status, stdout, stderr } = await runCommand(words, {
      isTerminal: true,
      onDraw: (text, interrupt) => {
        if (/evaluating: [1-9]/.test(text)) interrupt();
      },
    });
    expect([status, stdout]).toEqual([130, '']);
    expect(stderr).toMatch(/^stopped: the loss of the first \d\d tokens is \d\.\d{4}\n$/);
  });

  it('fails if the loss of a broken model is not a number', async () => {
    const data = ['--data', join(folder, 'text.txt'), '--json', '--quiet'];
    const words = ['--model', join(folder, 'broken'), ...data];
    expect(await runCommand(['letters', 'evaluate', ...words])).toEqual({
      status: 1,
      stdout: '',
      stderr: "error: loss: expected a number, got NaN; the model's weights are broken\n",
    });
  });

  it('counts every token except the first once, in windows of the context length', async () => {
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

  it('measures only the first --max-characters, and reports the limit', async () => {
    const report = await evaluate('--max-characters', '20', '--stride', '1');
    let expected = -(await score(0, 1, 9));
    for (let at = 9; at < 20; at++) expected -= await score(at - 8, at, at + 1);
    expect(report).toMatchObject({ tokens: 19, stride: 1, maxCharacters: 20 });
    expect(report.loss).toBeCloseTo(expected / 19, 4);
    expect(report.bitsPerLetter).toBeCloseTo(report.loss / Math.LN2, 9);
    expect((await evaluate()).tokens).toBe(TEXT.length - 1); // the other domain has different tokens
    const words = ['--data', join(folder, 'words.rev'), '--max-characters', '5'];
    expect((await run('reversal', words)).stderr).toContain(
      '--max-characters: expected data of text, got that of ramble reversal, which has none',
    );
  });

  it('measures only the first --max-examples, and reports the limit', async () => {
    const data = join(folder, 'words.rev');
    await writeFile(join(folder, 'first.rev'), 'ab:ba\nc:c\n');
    const json = async (...words: string[]): Promise<Report> => {
      const { stdout } = await run('reversal', ['--data', ...words, '--json']);
      return JSON.parse(stdout) as Report;
    };
    const limited = await json(data, '--max-examples', '2');
    const { loss, tokens } = await json(join(folder, 'first.rev'));
    expect(limited).toMatchObject({ loss, tokens, maxExamples: 2 });
    expect((await json(data)).tokens).toBeGreaterThan(tokens);
    const { stdout } = await run('reversal', ['--data', data, '--max-examples', '2']);
    expect(stdout).toMatch(/^examples +2 +measured at most, from the beginning$/m);
    const text = ['--data', join(folder, 'text.txt'), '--max-examples', '2'];
    const refused = await run('letters', text);
    expect(refused.stderr).toBe(
      'error: --max-examples: expected data of separate examples, got a stream of tokens; use --max-characters\n',
    );
  });

  it('converts the loss to units of the text', async () => {
    const { loss, bitsPerLetter, perplexityPerWord } = await evaluate();
    expect(bitsPerLetter).toBeCloseTo(loss / Math.LN2, 9); // each letter is a token
    expect(perplexityPerWord).toBeCloseTo(Math.exp((loss * TEXT.length) / 10), 6);
  });

  it('counts the unigram and bigram baselines in the measured data', async () => {
    const { baselines } = await evaluate();
    const counted = Array.from(TEXT.slice(1));
    const share = (letter: string): number =>
      counted.filter((each) => each === letter).length / counted.length;
    const unigram = counted.reduce((sum, letter) => sum - Math.log(share(letter)), 0);
    expect(baselines.uniform).toBeCloseTo(Math.log(29), 9);
    expect(baselines.unigram).toBeCloseTo(unigram / counted.length, 9);
  });

  it('counts the baselines in --train-data', async () => {
    await writeFile(join(folder, 'other.txt'), 'loomings call me');
    const words = ['--train-data', join(folder, 'other.txt'), '--max-characters', '20'];
    const { baselines } = await evaluate(...words);
    const learned = Array.from('oomings call me'); // the first letter is not predicted
    const nats = Array.from(TEXT.slice(1, 20), (letter) => {
      const count = learned.filter((each) => each === letter).length;
      return -Math.log((count + 1) / (learned.length + 29));
    });
    expect(baselines.unigram).toBeCloseTo(nats.reduce((sum, each) => sum + each) / 19, 9);
    expect(baselines).toHaveProperty('countedIn', 'trainData');
    const { stdout } = await run('letters', ['--data', join(folder, 'text.txt'), ...words]);
    expect(stdout).toMatch(
      /^unigram .* baseline counted in --train-data, add-one smoothing\nbigram .* of pairs, Witten-Bell/m,
    );
  });

  it.each([
    ['half of it', ['--data-share', '0.5'], 72],
    ['all of it', [], 144],
  ] as const)(
    "counts the baselines in the run's training data, without its validation data: %s",
    async (name, share, tokens) => {
      const learned = 'call me ishmael\n'.repeat(9); // 144 letters
      await writeFile(join(folder, 'learned.txt'), `${learned}${'z'.repeat(16)}`);
      const out = join(folder, name);
      const shape = ['--n-layer', '1', '--n-head', '1', '--n-embd', '4', '--context-length', '4'];
      const data = ['--data', join(folder, 'learned.txt'), '--max-steps', '1', ...shape, ...share];
      await runCommand(['letters', 'train', '--out', out, ...data]);
      const words = ['letters', 'evaluate', '--model', out, '--data', join(folder, 'text.txt')];
      const { stdout, stderr } = await runCommand([...words, '--json']);
      expect(stderr).toBe('');
      const { baselines } = JSON.parse(stdout) as Report;
      const seen = Array.from(learned.slice(0, tokens)); // of 160
      const next = seen.slice(1);
      const alone = (letter: string): number =>
        (next.filter((each) => each === letter).length + 1) / (next.length + 29);
      let [unigram, bigram] = [0, 0];
      for (let at = 1; at < TEXT.length; at++) {
        const [before, letter] = [TEXT[at - 1], TEXT[at]];
        const followers = next.filter((_, i) => seen[i] === before);
        const kinds = new Set(followers).size;
        const count = followers.filter((each) => each === letter).length;
        unigram -= Math.log(alone(letter));
        bigram -= Math.log(
          kinds === 0
            ? alone(letter)
            : (count + kinds * alone(letter)) / (followers.length + kinds),
        );
      }
      expect(baselines).toMatchObject({
        unigram: expect.closeTo(unigram / (TEXT.length - 1), 9) as number,
        bigram: expect.closeTo(bigram / (TEXT.length - 1), 9) as number,
        countedIn: 'run',
      });
    },
  );

  it('counts the targets of examples that are whole', async () => {
    const { stdout } = await run('reversal', ['--data', join(folder, 'words.rev'), '--json']);
    const report = JSON.parse(stdout) as Report;
    expect(report.tokens).toBe(3 + 2 + 4 + 2);
    expect(report).not.toHaveProperty('stride');
    expect(report.loss).toBeGreaterThan(0);
  });

  it('names the command that gets the training data of a run', async () => {
    await makeRun(join(folder, 'far'), lettersApp, {}, 20, 'piano-played');
    await mkdir(join(folder, 'cache'), { recursive: true });
    await writeFile(join(folder, 'cache', 'corpora'), ''); // no corpus can be kept or downloaded
    const words = ['--model', join(folder, 'far'), '--data', join(folder, 'text.txt')];
    const { status, stderr } = await runCommand(['letters', 'evaluate', ...words]);
    await rm(join(folder, 'cache', 'corpora'));
    expect(status).toBe(0);
    expect(stderr).toContain(
      "warning: the run's training data cannot be read, so the unigram and bigram baselines are counted in the measured data; get it with ramble data get piano-played: ",
    );
  });

  it('prints a table for people', async () => {
    const { stdout, stderr } = await run('letters', ['--data', join(folder, 'text.txt')]);
    expect(stderr).toBe(
      "warning: the run's training data cannot be read, so the unigram and bigram baselines are counted in the measured data: /books/letters.txt: expected a file, a folder or the name of a corpus, got none. See ramble data list\n",
    );
    expect(stdout.split('\n').map((line) => line.replace(/\s+[\d.,]+/, ' #'))).toEqual([
      'loss #  nats a token',
      'uniform #  baseline that gives all tokens the same probability',
      'unigram #  baseline counted in the measured data themselves, not smoothed',
      'bigram #  baseline the same of pairs',
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

describe('evaluate, of a model with memory', () => {
  const recurrent = async (...words: string[]): Promise<Outcome> =>
    runCommand(['letters', 'evaluate', '--model', join(folder, 'recurrent'), '--data', join(folder, 'text.txt'), ...words]); // prettier-ignore
  const lossOf = async (...words: string[]): Promise<Report & { readonly memory: number }> => {
    const { stdout } = await recurrent('--json', ...words);
    return JSON.parse(stdout) as Report & { readonly memory: number };
  };
  beforeAll(() => makeRun(join(folder, 'recurrent'), lettersApp, { attention: 'transformer-xl' }));

  it('carries the memory along the text, as long as requested', async () => {
    const own = await lossOf();
    expect(own).toMatchObject({ tokens: TEXT.length - 1, memory: 8 });
    const none = await lossOf('--memory', '0');
    expect(none).toMatchObject({ tokens: TEXT.length - 1, memory: 0 });
    expect(none.loss).not.toBeCloseTo(own.loss, 5);
    expect((await recurrent()).stdout).toMatch(
      /^memory +8 {2}tokens remembered before each window$/m,
    );
  });

  it('refuses a memory that is too long', async () => {
    expect(await recurrent('--memory', '1e12')).toMatchObject({
      status: 2,
      stderr:
        'error: --memory: expected at most 65536 positions, which every layer keeps, got 1000000000000\n',
    });
  });

  it('needs no stride', async () => {
    expect((await recurrent('--stride', '2')).stderr).toContain(
      '--stride: expected no value for a model with memory, which already sees the text before a window, got 2',
    );
  });

  it('refuses a memory for a model that has none', async () => {
    const words = ['--data', join(folder, 'text.txt'), '--memory', '4'];
    expect((await run('letters', words)).stderr).toContain(
      '--memory: expected no value unless attention is transformer-xl (it is causal), got 4',
    );
  });
});

interface LastWords {
  readonly loss: number;
  readonly tokens: number;
  readonly perplexity: number;
  readonly perplexityPerWord: number;
  readonly words: number;
  readonly accuracy: number;
  readonly lastToken: { readonly accuracy: number; readonly perplexity: number };
  readonly baselines: { readonly uniform: number };
}

describe('evaluate --last-word', () => {
  const texts = ['call me ishmael', 'some years ago\n'];
  beforeAll(async () => {
    await mkdir(join(folder, 'texts'));
    for (const [i, text] of texts.entries()) {
      await writeFile(join(folder, 'texts', `${i}.txt`), text);
    }
  });
  const lastWord = (...words: string[]): Promise<Outcome> =>
    run('letters', ['--data', join(folder, 'texts'), '--last-word', ...words]);

  it('counts the tokens of the last words with the probabilities of score', async () => {
    const report = JSON.parse((await lastWord('--json')).stdout) as LastWords;
    let [nats, lastTokens] = [0, 0];
    for (const [prompt, output] of [
      ['call me', ' ishmael'],
      ['some years', ' ago'],
    ]) {
      const words = ['letters', 'score', '--model', join(folder, 'letters'), '--json'];
      // The context of 8 contains all fed tokens of a word and as much before it as fits.
      const fits = prompt.slice(-(8 - (output.length - 1)));
      const { stdout } = await runCommand([...words, '--prompt', fits, '--output', output]);
      const scored = JSON.parse(stdout) as { tokens: { logProbability: number }[] };
      for (const { logProbability } of scored.tokens) nats -= logProbability;
      lastTokens -= scored.tokens.at(-1)!.logProbability;
    }
    expect(report).toMatchObject({ tokens: 12, words: 2 });
    expect(report.loss).toBeCloseTo(nats / 12, 4);
    expect(report.perplexity).toBeCloseTo(Math.exp(nats / 12), 3);
    expect(report.perplexityPerWord / Math.exp(nats / 2)).toBeCloseTo(1, 3);
    expect(report.lastToken.perplexity / Math.exp(lastTokens / 2)).toBeCloseTo(1, 3);
    expect(report.baselines.uniform).toBeCloseTo(Math.log(29), 9);
    expect(report).not.toHaveProperty('stride');
  });

  it('counts a word as correct if greedy sampling writes it', async () => {
    const sample = ['letters', 'sample', '--model', join(folder, 'letters'), '--json'];
    const { stdout } = await runCommand([
      ...[...sample, '--prompt', 'a b ', '--method', 'greedy', '--max-new-tokens', '1'],
    ]);
    const { text } = JSON.parse(stdout) as { text: string };
    await writeFile(join(folder, 'right.txt'), `a b ${text}`);
    await writeFile(join(folder, 'wrong.txt'), `a b ${text === 'z' ? 'y' : 'z'}`);
    const accuracy = async (...files: string[]): Promise<number> => {
      const data = files.map((file) => join(folder, file));
      const outcome = await run('letters', ['--data', ...data, '--last-word', '--json']);
      return (JSON.parse(outcome.stdout) as LastWords).lastToken.accuracy;
    };
    expect(await accuracy('right.txt')).toBe(1);
    expect(await accuracy('right.txt', 'wrong.txt')).toBe(0.5);
  });

  it('prints a table for people', async () => {
    const { stdout } = await lastWord();
    const lines = stdout.split('\n').map((line) => line.replace(/\s+[\d.,]+/, ' #'));
    expect(lines.slice(0, 4)).toEqual([
      'accuracy # %  of 2 last words',
      "accuracy # %  of their last tokens, as GPT-2's paper counts",
      'perplexity #  a last token',
      'loss #  nats a token',
    ]);
  });

  it.each(['--stride', '--max-characters'])('refuses %s, which needs whole texts', async (flag) => {
    expect(await lastWord(flag, '2')).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: ${flag}: expected no value with --last-word, got 2\n`,
    });
  });

  it('fails if no text has a last word', async () => {
    const path = join(folder, 'word.txt');
    await writeFile(path, 'ishmael');
    expect(await run('letters', ['--data', path, '--last-word'])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: --data: expected a text with a last word, got none\n',
    });
  });

  it('needs words', async () => {
    const words = ['--data', join(folder, 'words.rev'), '--last-word'];
    expect(await run('reversal', words)).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'error: --last-word: expected a domain whose examples have words, got ramble reversal\n',
    });
  });
});

describe('evaluate, given unusable input,', () => {
  it.each<[string[], number, string]>([
    [['--data', 'empty.txt'], 1, 'empty.txt: expected text, got none'],
    [
      ['--data', 'none.txt'],
      1,
      'none.txt: expected a file, a folder or the name of a corpus, got none. See ramble data list',
    ],
    [['--data', 'one.txt'], 1, 'validation data: expected at least 2 tokens, got 1'],
    [
      ['--data', 'text.txt', '--stride', '9'],
      2,
      '--stride: expected an integer from 1 to 8, got 9',
    ],
    [
      [],
      2,
      '--data: expected a file, a folder or the name of a corpus, got nothing. See ramble data list',
    ],
  ])('prints the error: %j', async (words, status, message) => {
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

  it.each(['--output-scores', '--no-output-scores'])(
    'refuses %s if outputs have no such part',
    async (flag) => {
      expect(await run('letters', ['--data', join(folder, 'text.txt'), flag])).toEqual({
        status: 2,
        stdout: '',
        stderr: 'error: --output-scores: expected an app that scores outputs, got ramble letters\n',
      });
    },
  );

  it('has no windows over examples that are whole', async () => {
    const words = ['--data', join(folder, 'words.rev'), '--stride', '2'];
    expect(await run('reversal', words)).toMatchObject({
      status: 2,
      stderr:
        'error: --stride: expected no value for separate examples, which have no windows, got 2\n',
    });
  });
});

describe('entropy', () => {
  it('equals the entropy of frequencies, in nats', () => {
    expect(entropy(Float64Array.of(2, 0, 2))).toBeCloseTo(Math.LN2, 12);
    expect(entropy(Float64Array.of(0, 5))).toBeCloseTo(0, 12);
  });
});
