import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { TokenPrompt } from '@ramble/core';
import { describeDomainContract } from '@ramble/testing';
import { Chess } from 'chess.js';

import birthsApp, { birthsDomain } from './births/births.mjs';
import chessApp, { chess } from './chess/chess.mjs';
import phonemesApp, { phonemes } from './phonemes/phonemes.mjs';

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const linesOf = (path: string): string[] => readFileSync(fileOf(path), 'utf8').trim().split('\n');

const words = linesOf('phonemes/words.txt').flatMap((line) => {
  const [, word, spoken] = /^([A-Z']+) +(.*)$/.exec(line) ?? [];
  return word ? [{ word, spoken: [spoken.replace(/\d/g, '')] }] : [];
});
describeDomainContract({
  name: 'phonemes',
  create: () => Promise.resolve(phonemes),
  factory: phonemesApp.factory,
  valid: words.slice(0, 40).map((example) => {
    return { example, prompt: example.word, output: example.spoken[0] };
  }),
  invalid: words.slice(0, 20).map(({ word, spoken }) => ({
    example: { word: `${word}1`, spoken },
    message: 'word: expected letters or phonemes of CMUdict, got 1',
  })),
});

const openings = linesOf('chess/games.txt').map((game) => game.split(' ').slice(0, 12));
const END = chess.vocabulary.size - 1;
describeDomainContract({
  name: 'chess',
  create: () => Promise.resolve(chess),
  factory: chessApp.factory,
  valid: openings.slice(0, 20).map((moves, i) => {
    const [game, prompt] = [moves.join(' '), moves.slice(0, i % 4).join(' ')];
    return { example: game, prompt, output: game.slice(prompt.length) };
  }),
  invalid: openings.slice(0, 20).map((moves) => ({
    example: [...moves, 'Qxh9'].join(' '),
    message: 'game: expected a legal move 13, got "Qxh9"',
  })),
  isValidOutput: (tokens: readonly number[], prompt: TokenPrompt) => {
    const ids = [...Array.from(prompt.tokens).slice(1), ...tokens];
    if (ids.pop() !== END || ids.includes(END)) return false;
    const board = new Chess();
    return chess
      .decodeOutput(ids)
      .split(' ')
      .every((move) => board.moves().includes(move) && board.move(move));
  },
});

interface Days {
  readonly date: string;
  readonly counts: readonly number[];
}
const LEVELS: readonly number[] = [7000, 8000, 9000, 11_000, 12_000, 13_000, 14_000];
const weeks: readonly Days[] = Array.from({ length: 20 }, (_, i) => ({
  date: `2014-01-${10 + i}`,
  counts: Array.from({ length: 35 }, (_, day) => LEVELS[(i * day) % 7]),
}));
describeDomainContract<Days, Days, readonly number[], ReturnType<typeof birthsDomain>>({
  name: 'births',
  create: () => Promise.resolve(birthsDomain(LEVELS)),
  createOther: () => Promise.resolve(birthsDomain(LEVELS.map((level) => level + 1))),
  factory: birthsApp.factory,
  valid: weeks.map(({ date, counts }) => ({
    example: { date, counts },
    prompt: { date, counts: counts.slice(0, 28) },
    output: counts.slice(28),
  })),
  invalid: weeks.map(({ date, counts }) => ({
    example: { date, counts: counts.slice(1) },
    message: 'days: expected 35, got 34',
  })),
  isValidOutput: (tokens: readonly number[]) =>
    tokens.length === 8 && tokens[7] === 19 && tokens.slice(0, 7).every((id) => id > 19),
});

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ramble-domains-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the built command, and returns its standard output. */
function ramble(words: readonly string[]): string {
  const path = fileOf('../../apps/ramble/bin/ramble.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...words], {
    encoding: 'utf8',
    cwd: fileOf('../..'),
    env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '' },
  });
  expect([status, /error.*/.exec(stderr)]).toEqual([0, null]);
  return stdout;
}

/** Makes the trainings of pages end in a moment. */
const TINY = '--n-layer 1 --n-head 2 --n-embd 32 --batch-size 16 --max-steps 20'.split(' ');

/** Does what the first block of a README says, and gives the words and the output of each command. */
function follow(domain: string): Readonly<Record<string, { words: string[]; stdout: string }>> {
  const [, block] = /^```sh\n(.*?)^```$/ms.exec(
    readFileSync(fileOf(`${domain}/README.md`), 'utf8'),
  )!;
  const commands = Array.from(block.matchAll(/^npx ramble (.*)$/gm), ([, line]) =>
    Array.from(line.matchAll(/'[^']*'|\S+/g), ([word]) =>
      word
        .replaceAll("'", '')
        .replace(/^(runs\/\w+|past\.csv)$/, (name) => at(name.replace('/', '-'))),
    ),
  );
  return Object.fromEntries(
    commands.map((words) => {
      const isTraining = words[1] === 'train';
      return [words[1], { words, stdout: ramble([...words, ...(isTraining ? TINY : [])]) }];
    }),
  );
}

interface Evaluated {
  readonly outputs: {
    readonly scores: readonly { readonly name: string; readonly score: number }[];
    readonly baselines: readonly Evaluated['outputs'][];
  };
}

describe('the READMEs of the examples of domains', () => {
  it('pronounce words, and show error rates next to the rates of a baseline', () => {
    const { sample } = follow('phonemes');
    expect(sample.stdout).toMatch(/^[A-Z ]*\n$/);
    const [path, , , run] = sample.words;
    writeFileSync(at('words.txt'), linesOf('phonemes/words.txt').slice(0, 200).join('\n'));
    const evaluate = ['evaluate', '--model', run, '--data', at('words.txt'), '--json'];
    const { outputs } = JSON.parse(ramble([path, ...evaluate])) as Evaluated;
    expect(outputs.scores.map(({ name }) => name)).toEqual(['words right', 'WER', 'PER']);
    const [, wordError, phonemeError] = outputs.baselines[0].scores;
    // Some words are said as they are written, and half of the letters are.
    expect(wordError.score).toBeGreaterThan(90);
    expect(phonemeError.score).toBeGreaterThan(40);
    expect(phonemeError.score).toBeLessThan(65);
  });

  it('play legal games for any weights', () => {
    const { sample, evaluate } = follow('chess');
    const texts = sample.stdout.split(/^=== .*\n/m).slice(1);
    const games = texts.map((text) => `e4 e5 Nf3${text.trimEnd()}`); // the prompt, and what follows
    expect(games).toHaveLength(3);
    for (const game of games) {
      const board = new Chess();
      for (const move of game.split(' ').slice(0, -1)) expect(board.move(move).san).toBe(move);
      expect(board.moves().some((move) => move.startsWith(game.split(' ').at(-1)!))).toBe(true);
    }
    expect(evaluate.stdout).toMatch(/^legal +1\.000 +1\.000 +1\.000 to 1\.000$/m);
  });

  it('forecast a week, compared with a repeat of the last week', () => {
    writeFileSync(at('past.csv'), linesOf('births/births-2014.csv').slice(0, 28).join('\n'));
    const { sample, evaluate } = follow('births');
    expect(sample.stdout).toMatch(/^(\d+ ){6}\d+\n$/);
    expect(evaluate.stdout).toMatch(/^last week again +0\.00 +419\.60$/m);
  });
});
