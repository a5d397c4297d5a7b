import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-next-'));
  await makeRun(join(folder, 'run'), lettersApp);
});
afterAll(() => rm(folder, { recursive: true }));

function next(...words: string[]): Promise<Outcome> {
  return runCommand(['letters', 'next', '--model', join(folder, 'run'), ...words]);
}

interface Next {
  readonly tokens: { token: number; word: string; probability: number }[];
}

describe('next', () => {
  it('gives the ten likeliest tokens, the likeliest first', async () => {
    const { stdout } = await next('--prompt', 'call m', '--json');
    const { tokens } = JSON.parse(stdout) as Next;
    expect(tokens).toHaveLength(10);
    const probabilities = tokens.map(({ probability }) => probability);
    expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));
  });

  it('has probabilities over the whole vocabulary', async () => {
    const { stdout } = await next('--prompt', 'call m', '--count', '29', '--json');
    const { tokens } = JSON.parse(stdout) as Next;
    expect(tokens.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
    expect(tokens.find(({ token }) => token === 4)).toMatchObject({ word: '"e"' });
  });

  it('prints a table for people', async () => {
    const { stdout } = await next('--prompt', 'call m', '--count', '2');
    expect(stdout).toMatch(/^(\s*[\d.]+ %\s+\d+\s+\S+\n){2}$/);
  });

  it('goes on from nothing', async () => {
    expect((await next('--count', '1')).status).toBe(0);
  });

  it('has no more tokens than the vocabulary', async () => {
    expect(await next('--count', '30')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: --count: expected at most the 29 tokens of the vocabulary, got 30\n',
    });
  });
});
