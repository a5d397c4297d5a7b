import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { AnyApp, AnyDomain } from '@ramble/core';
import { streamOutputFeature, type TextStream } from '@ramble/core/app';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { tunesApp } from '../../../test/tunes-app.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';
import { spokenText } from './next-program.js';

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
  readonly tokens: { token: number; word: string; probability: number; logit: number }[];
}

describe('next', () => {
  it('returns the ten most probable tokens, the most probable first', async () => {
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
    expect(tokens.find(({ token }) => token === 4)).toMatchObject({ word: 'e' });
  });

  it('prints a table for people', async () => {
    const { stdout } = await next('--prompt', 'call m', '--count', '2');
    const [heading, ...rows] = stdout.trimEnd().split('\n');
    expect(heading).toMatch(/^probability +logit +id +token$/);
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row).toMatch(/^ *[\d.]+ % +-?\d+\.\d{3} +\d+ +\S+$/);
  });

  it('predicts the first token without a prompt', async () => {
    expect((await next('--count', '1')).status).toBe(0);
  });

  it('returns at most as many tokens as the vocabulary has', async () => {
    expect(await next('--count', '30')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: --count: expected at most the 29 tokens of the vocabulary, got 30\n',
    });
    await makeRun(join(folder, 'tunes'), tunesApp);
    const { stdout } = await runCommand([
      'tunes',
      'next',
      '--model',
      join(folder, 'tunes'),
      '--json',
    ]);
    expect((JSON.parse(stdout) as { tokens: unknown[] }).tokens).toHaveLength(9);
  });
});

/** Presses keys in `next`, and returns its screens in order. */
async function press(keys: string[], ...words: string[]): Promise<Outcome & { screens: string[] }> {
  const screens: string[] = [];
  const run = ['letters', 'next', '--model', join(folder, 'run'), ...words];
  const context = { isTerminal: true, keys, onDraw: (text: string) => screens.push(text) };
  const outcome = await runCommand(run, context);
  return { ...outcome, screens };
}
/** The word of each row of a screen. */
const choices = (screen: string): string[] =>
  screen.split('\n').flatMap((line) => /%.*\.\d{3} +(.*)$/.exec(line)?.[1] ?? []);
/** The letter of a row; only the end token has more characters. */
const letter = (screen: string, row: number): string => JSON.parse(choices(screen)[row]) as string;
/** The text above the choices. */
const textOf = (screen: string): string => screen.slice(0, screen.indexOf('▏\n\n'));

describe('next, on a terminal,', () => {
  it('appends the picked token and removes it', async () => {
    const keys = ['down', 'down', 'up', 'return', 'return', 'backspace', 'q', 'return'];
    const { status, stdout, stderr, screens } = await press(keys, '--prompt', 'call m');
    const [first] = screens;
    const picked = letter(first, 1);
    const after = screens.find((screen) => textOf(screen) === `call m${picked}`);
    const longest = `call m${picked}${letter(after!, 0)}`;
    expect(screens.map(textOf)).toContain(longest);
    expect([status, stdout, stderr]).toEqual([0, `call m${picked}\n`, '']);
  });

  it('reads the new token only', async () => {
    const { screens } = await press(['return', 'return', 'backspace', 'q'], '--prompt', 'call m');
    const notes = screens.flatMap((screen) => /^read .*$/m.exec(screen)?.[0] ?? []);
    expect(notes).toEqual([
      'read 6 of 6 tokens',
      'read 1 of 7 tokens',
      'read 1 of 8 tokens',
      'read 1 of 7 tokens',
    ]);
  });

  it('shows the same choices as printing them once, after every key', async () => {
    const { screens } = await press(['return', 'return', 'backspace', 'q'], '--prompt', 'call m');
    for (const screen of screens.filter((each) => each !== '')) {
      const { stdout } = await next('--prompt', textOf(screen), '--json');
      const { tokens } = JSON.parse(stdout) as Next;
      expect(choices(screen)).toEqual(
        tokens.map(({ word }) => (word === '<end>' ? word : JSON.stringify(word))),
      );
    }
  });

  it('stays within the choices and keeps the first token', async () => {
    const up = await press(['up', 'return', 'q'], '--prompt', 'm', '--count', '2');
    const down = await press(['down', 'down', 'return', 'q'], '--prompt', 'm', '--count', '2');
    const [best, second] = [0, 1].map((row) => letter(up.screens[0], row));
    expect([up.stdout, down.stdout]).toEqual([`m${best}\n`, `m${second}\n`]);
    expect((await press(['backspace', 'backspace', 'q'], '--prompt', 'm')).stdout).toBe('m\n');
  });

  it.each(['q', 'ctrl+c', 'ctrl+d'])('leaves on %s', async (key) => {
    const { status, stdout, screens } = await press([key, 'return'], '--prompt', 'm');
    expect([status, stdout, screens.at(-1)]).toEqual([0, 'm\n', '']);
  });

  it('does not print the token that replaces an empty prompt', async () => {
    const { stdout, screens } = await press(['return', 'q']);
    expect(stdout).toBe(`${letter(screens[0], 0)}\n`);
  });

  it.each([['--json'], ['--quiet'], ['--no-interactive']])(
    'prints once with %s, as in a pipe',
    async (flag) => {
      const { stdout, screens } = await press(['return', 'q'], '--prompt', 'm', flag);
      expect(stdout).toBe((await next('--prompt', 'm', flag)).stdout);
      expect(screens).toEqual([]);
    },
  );

  it('refuses to be interactive in a pipe', async () => {
    expect(await next('--interactive')).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'error: --interactive: expected a terminal and neither --json nor --quiet, got none\n',
    });
  });
});

/** A domain whose tokens are bytes, with hexadecimal words. */
const domain = {
  vocabulary: { size: 256, describe: (id: number) => `0x${id.toString(16).toUpperCase()}` },
} as AnyDomain; // all members that are used
const app: Pick<AnyApp, 'features'> = {
  features: streamOutputFeature.with((): TextStream => {
    const decoder = new TextDecoder();
    return {
      push: (token) => decoder.decode(Uint8Array.of(token), { stream: true }),
      end: () => decoder.decode(),
    };
  }),
};
const speak = (text: string, end?: number): string =>
  spokenText(app, domain, Array.from(new TextEncoder().encode(text)).slice(0, end));

describe('spokenText', () => {
  it('returns the text', () => {
    expect(speak('naïve 🐋\n')).toBe('naïve 🐋\n');
  });

  it('shows the bytes of a character that is not complete', () => {
    expect(speak('a🐋', 3)).toBe('a0xF0 0x9F');
  });

  it('escapes control characters, which could change the terminal', () => {
    expect(speak('a\x1b[2J\tb\r\x9b')).toBe('a\\u001b[2J\\u0009b\\u000d\\u009b');
  });

  it('returns words if the app writes no text', () => {
    expect(spokenText({}, domain, [1, 255])).toBe('0x1 0xFF');
  });
});
