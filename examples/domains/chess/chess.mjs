// Games of chess in standard notation, with one token per character. A grammar keeps every move legal.
import { fileLines } from '@ramble/core';
import { Chess } from 'chess.js';

const CHARACTERS = ' #+-12345678=BKNOQRabcdefghx';
const END = CHARACTERS.length; // begins and ends games
const BEGIN = { fen: new Chess().fen(), typed: '' };

/** Returns the legal moves of a position. */
const legalMoves = remembered((fen) => new Chess(fen).moves());

/** Returns the position after a legal move. */
const positionAfter = remembered((fen, move) => {
  const board = new Chess(fen);
  board.move(move);
  return board.fen();
});

/** Next state of a game after a character; a state is a position and the typed part of the next move. */
function advance({ fen, typed }, character) {
  if (character !== ' ') return { fen, typed: typed + character };
  return { fen: positionAfter(fen, typed), typed: '' };
}

/** Returns ids of the characters that may come next: they continue a legal move, or follow a complete one. */
function allowed({ fen, typed }) {
  const moves = legalMoves(fen);
  const longer = moves.filter((move) => move.length > typed.length && move.startsWith(typed));
  const next = ids(new Set(longer.map((move) => move[typed.length])));
  if (!moves.includes(typed)) return next;
  const goesOn = legalMoves(positionAfter(fen, typed)).length > 0;
  return [...next, END, ...(goesOn ? ids(' ') : [])];
}

const ids = (text) => Array.from(text, (character) => CHARACTERS.indexOf(character));
const textOf = (tokens) => Array.from(tokens, (id) => CHARACTERS[id] ?? '').join('');

/** @throws RangeError at the first illegal move; the last move may be incomplete. */
function checkGame(text, isWhole) {
  const moves = text.split(' ');
  let { fen } = BEGIN;
  for (const [i, move] of moves.entries()) {
    const isBeginning = !isWhole && i === moves.length - 1;
    const fits = (legal) => (isBeginning ? legal.startsWith(move) : legal === move);
    if (!legalMoves(fen).some(fits)) {
      throw new RangeError(`game: expected a legal move ${i + 1}, got ${JSON.stringify(move)}`);
    }
    if (i < moves.length - 1) fen = positionAfter(fen, move);
  }
  return text;
}

/** @type {import('@ramble/core').Domain<string, string, string>} */
export const chess = {
  name: 'chess',
  vocabulary: { size: END + 1, describe: (id) => (id === END ? '<end>' : CHARACTERS[id]) },
  stopTokens: [END],
  encodeExample: (game) => {
    const tokens = [END, ...ids(checkGame(game, true)), END];
    return { tokens, lossWeights: tokens.map(() => 1) };
  },
  encodePrompt: (beginning) => ({ tokens: [END, ...ids(checkGame(beginning, false))] }),
  decodeOutput: textOf,
  grammar: {
    start: ({ tokens }) => Array.from(textOf(tokens)).reduce(advance, BEGIN),
    advance: (state, id) => advance(state, CHARACTERS[id]),
    allowed,
    mustEnd: (state) => allowed(state).every((id) => id === END),
  },
};

/** Whether a game, or one that the context cut, could have been played. */
function isLegal(game) {
  try {
    return checkGame(game, false) === game;
  } catch {
    return false;
  }
}

/** Returns a function with a cache, because the characters of a move need the same results. */
function remembered(find, answers = new Map()) {
  return (...asked) => {
    const key = asked.join('|');
    if (!answers.has(key)) {
      if (answers.size > 10_000) answers.clear();
      answers.set(key, find(...asked));
    }
    return answers.get(key);
  };
}

/** @type {import('@ramble/core').App<string, string, string, object>} */
export default {
  name: 'chess',
  description: 'Games of chess in standard notation, every move legal.',
  factory: {
    fit: async () => chess, // the domain needs nothing from the games
    save: () => ({ 'chess.json': JSON.stringify({ characters: CHARACTERS }) }),
    load: async () => chess,
  },
  options: {},
  packing: 'examples',
  data: {
    extensions: ['.txt'],
    async *readExamples(files) {
      for (const file of files) for await (const game of fileLines(file)) if (game) yield game;
    },
  },
  readPrompt: (content) => new TextDecoder().decode(content).replace(/\r?\n$/, ''),
  showOutput: (game) => ({ kind: 'text', text: game }),
  presets: {
    small: {
      ...{ nLayer: 4, nHead: 4, nEmbd: 128, contextLength: 512, dropout: 0.1 },
      ...{ batchSize: 16, maxSteps: 3000, learningRate: 1e-3, warmupSteps: 100 },
    },
  },
  features: {
    promptExamples: ['e4 e5', 'd4 d5', 'e4 c5 Nf3'],
    statistics: (games) => [
      { name: 'legal', value: games.filter(isLegal).length / games.length },
      { name: 'moves', value: games.join(' ').split(' ').length / games.length },
    ],
  },
};
