import type { Attack } from '../attack.js';
import { attemptsOf } from '../lots.js';
import { HOSTILE_KINDS } from './hostile-files.js';

const program = new URL('try-tokenizers.ts', import.meta.url);

/** Hostile tokenizers that cost time and memory: expressions, growth, numbers. */
export const tokenizers: Attack = {
  name: 'tokenizers',
  promise:
    'A hostile tokenizer is refused in a sentence, or encodes any text or refuses it, in bounded time and memory; its server answers.',
  tries: { small: HOSTILE_KINDS.length, full: 2000 },
  attempts: (setup) => attemptsOf(program, setup),
};
