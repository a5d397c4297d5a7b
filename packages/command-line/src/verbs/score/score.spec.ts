import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { reversalApp } from '../../../test/reversal-app.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-score-'));
  await makeRun(join(folder, 'letters'), lettersApp);
  await makeRun(join(folder, 'reversal'), reversalApp);
});
afterAll(() => rm(folder, { recursive: true }));

function run(name: string, words: readonly string[], stdin?: string): Promise<Outcome> {
  return runCommand([name, 'score', '--model', join(folder, name), ...words], { stdin });
}

interface Score {
  readonly logProbability: number;
  readonly tokens: { token: number; word: string; logProbability: number }[];
}
async function score(words: readonly string[], name = 'letters'): Promise<Score> {
  const { stdout, stderr } = await run(name, [...words, '--json']);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Score;
}

/** Returns the probability of a token by `next`. */
async function probabilityAfter(prompt: string, token: number): Promise<number> {
  const words = ['letters', 'next', '--model', join(folder, 'letters'), '--count', '29', '--json'];
  const { stdout } = await runCommand([...words, '--prompt', prompt]);
  const { tokens } = JSON.parse(stdout) as { tokens: { token: number; probability: number }[] };
  return tokens.find((next) => next.token === token)!.probability;
}

describe('score', () => {
  it('gives the log-probability of each token of an output, and their sum', async () => {
    const { logProbability, tokens } = await score(['--prompt', 'ca', '--output', 'll']);
    expect(tokens.map(({ token, word }) => [token, word])).toEqual([
      [11, 'l'],
      [11, 'l'],
    ]);
    const expected = [await probabilityAfter('ca', 11), await probabilityAfter('cal', 11)];
    for (const [i, probability] of expected.entries()) {
      expect(tokens[i].logProbability).toBeCloseTo(Math.log(probability), 4);
    }
    expect(logProbability).toBeCloseTo(Math.log(expected[0] * expected[1]), 4);
  });

  it('equals the log-probability of sample', async () => {
    const words = ['letters', 'sample', '--model', join(folder, 'letters'), '--json'];
    const { stdout } = await runCommand([...words, '--prompt', 'a', '--max-new-tokens', '6']);
    const { text, logProbability } = JSON.parse(stdout) as Score & { text: string };
    const scored = await score(['--prompt', 'a', '--output', text]);
    expect(scored.logProbability).toBeCloseTo(logProbability, 4);
  });

  it('begins without a prompt', async () => {
    const { tokens } = await score(['--output', 'a']);
    expect(tokens[0].logProbability).toBeCloseTo(Math.log(await probabilityAfter('', 0)), 4);
  });

  it('reads an example longer than the context in overlapping windows', async () => {
    const text = 'moby dick or the whale';
    const { tokens } = await score(['--prompt', text.slice(0, 1), '--output', text.slice(1)]);
    expect(tokens.map(({ word }) => word).join('')).toBe(text.slice(1));
    // Each window starts 4 tokens later and scores the tokens that earlier windows did not reach.
    for (const [at, from] of [
      [8, 0],
      [9, 4],
      [12, 4],
      [13, 8],
    ]) {
      const alone = await score(['--prompt', text.slice(from, at), '--output', text[at]]);
      expect(tokens[at - 1].logProbability).toBeCloseTo(alone.logProbability, 4);
    }
  });

  it('scores the examples of files, by the tokens that count', async () => {
    const path = join(folder, 'words.rev');
    await writeFile(path, 'ab:ba\nc:c\n');
    const { stdout } = await run('reversal', ['--data', path, '--json']);
    const scores = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Score);
    expect(scores.map(({ tokens }) => tokens.map(({ word }) => word))).toEqual([
      ['b', 'a', '<end>'],
      ['c', '<end>'],
    ]);
  });

  it('reports the examples that it leaves out, and fails if none is left', async () => {
    const [some, none] = [join(folder, 'some.rev'), join(folder, 'none.rev')];
    await writeFile(some, 'c:c\n:\n');
    await writeFile(none, ':\n');
    const { status, stdout, stderr } = await run('reversal', ['--data', some]);
    expect([status, stderr]).toEqual([0, 'warning: left out: 1 empty lines\n']);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(await run('reversal', ['--data', none])).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'warning: left out: 1 empty lines\nerror: --data: expected examples to score, got none\n',
    });
  });

  it('refuses an example that does not fit into the context', async () => {
    const path = join(folder, 'long.rev');
    await writeFile(path, 'ab:ba\nabcdef:fedcba\n');
    const { status, stderr } = await run('reversal', ['--data', path]);
    expect(status).toBe(2);
    expect(stderr).toContain('tokens (contextLength + 1), got one of 14 (example 2)');
  });

  it.each([
    [['--output-file', 'loud.txt'], 'loud.txt'],
    [['--output', 'Moby'], 'output'],
  ])('names the source of an output that was repaired: %j', async (words, place) => {
    const path = join(folder, 'loud.txt');
    await writeFile(path, 'Moby');
    const { stderr } = await run(
      'letters',
      words.map((word) => (word === 'loud.txt' ? path : word)),
    );
    const shownPlace = place === 'loud.txt' ? path : place;
    expect(stderr).toBe(`warning: repaired: ${shownPlace}: expected small letters, got capitals\n`);
  });

  it('names the file without an output', async () => {
    const path = join(folder, 'bytes.txt');
    await writeFile(path, 'a\0b');
    expect(await run('letters', ['--output-file', path])).toEqual({
      status: 1,
      stdout: '',
      stderr: `error: ${path}: expected letters, got bytes\n`,
    });
  });

  it('prints a line for people', async () => {
    const { stdout } = await run('letters', ['--prompt', 'a', '--output-file', '-'], 'b');
    expect(stdout).toMatch(/^-\d+\.\d{4} nats, 1 token, perplexity \d+(\.\d+)?\n$/);
  });
});

describe('score, wrongly used,', () => {
  it.each<[string[], string]>([
    [[], '--output: expected one of --output, --output-file and --data, got neither'],
    [
      ['--output', 'a', '--output-file', 'b'],
      '--output: expected one of --output, --output-file and --data, got both',
    ],
    [['--data', 'a.txt', '--prompt', 'b'], '--data: expected no prompt or output with it, got one'],
    [['--output', ''], '--output: expected at least one token, got none'],
  ])('prints the error: %j', async (words, message) => {
    expect(await run('letters', words)).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: ${message}\n`,
    });
  });

  it('requires data if a domain cannot encode outputs without prompts', async () => {
    expect(await run('reversal', ['--prompt', 'a', '--output', 'a'])).toMatchObject({
      status: 2,
      stderr: 'error: --output: expected --data, the only input that ramble reversal can score\n',
    });
  });
});
