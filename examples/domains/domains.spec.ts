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

/** What the built command prints, as a reader would start it. */
function ramble(domain: string, ...given: string[]): string {
  const path = fileOf('../../apps/ramble/bin/ramble.js');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path, fileOf(`${domain}/${domain}.mjs`), ...given],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
  );
  expect([status, /error.*/.exec(stderr)]).toEqual([0, null]);
  return stdout;
}

const TINY = ['--n-layer', '1', '--n-head', '2', '--n-embd', '32', '--batch-size', '16'];

interface Evaluated {
  readonly outputs: {
    readonly scores: readonly { readonly name: string; readonly score: number }[];
    readonly baselines: readonly Evaluated['outputs'][];
  };
  readonly statistics: { readonly samples: readonly { readonly name: string }[] };
}
const evaluate = (domain: string, data: string, ...given: string[]): Evaluated => {
  const words = ['evaluate', '--model', at(domain), '--data', data, '--json', ...given];
  return JSON.parse(ramble(domain, ...words)) as Evaluated;
};

describe('the examples of domains', () => {
  it('phonemes learn to say words, and print their errors beside the baseline', () => {
    writeFileSync(at('words.txt'), linesOf('phonemes/words.txt').slice(0, 300).join('\n'));
    const train = ['train', '--data', at('words.txt'), '--out', at('phonemes'), ...TINY];
    ramble('phonemes', ...train, '--context-length', '64', '--max-steps', '60');
    expect(ramble('phonemes', 'sample', '--model', at('phonemes'), 'hello')).toMatch(/^[A-Z ]*\n$/);
    const { outputs } = evaluate('phonemes', at('words.txt'));
    expect(outputs.scores.map(({ name }) => name)).toEqual(['words right', 'WER', 'PER']);
    // What lines of words and phonemes come to that agree letter by letter is far from random.
    const [, , phonemeError] = outputs.baselines[0].scores;
    expect(phonemeError.score).toBeGreaterThan(30);
    expect(phonemeError.score).toBeLessThan(70);
  });

  it('chess writes legal games alone, whatever it has learned', () => {
    writeFileSync(at('games.txt'), linesOf('chess/games.txt').slice(0, 20).join('\n'));
    const train = ['train', '--data', at('games.txt'), '--out', at('chess'), ...TINY];
    ramble('chess', ...train, '--context-length', '400', '--max-steps', '5');
    const sample = ['sample', '--model', at('chess'), '--count', '4', '--json'];
    const lines = ramble('chess', ...sample, '--prompt', 'e4 e5', '--max-new-tokens', '120');
    for (const line of lines.trim().split('\n')) {
      const { text } = JSON.parse(line) as { text: string };
      const moves = `e4 e5${text}`.split(' ').slice(0, -1); // the last may be cut
      const board = new Chess();
      for (const move of moves) expect(board.move(move, { strict: true }).san).toBe(move);
    }
    const { statistics } = evaluate('chess', at('games.txt'), '--samples', '2');
    expect(statistics.samples).toContainEqual({ name: 'legal', value: 1 });
  });

  it('births forecast a week, beside the week before', () => {
    writeFileSync(at('births.csv'), linesOf('births/births-2014.csv').slice(0, 150).join('\n'));
    const train = ['train', '--data', at('births.csv'), '--out', at('births'), ...TINY];
    ramble('births', ...train, '--context-length', '40', '--max-steps', '30', '--bins', '16');
    writeFileSync(at('past.csv'), linesOf('births/births-2014.csv').slice(0, 28).join('\n'));
    const sample = ['sample', '--model', at('births'), '--prompt-file', at('past.csv')];
    expect(ramble('births', ...sample)).toMatch(/^(\d+ ){6}\d+\n$/);
    const { outputs } = evaluate('births', at('births.csv'));
    expect(outputs.baselines[0].scores[0].score).toBe(0); // over itself nothing is gained
  });
});
