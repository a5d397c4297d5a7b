/** A text as characters, for studies: the first 90 % to learn from, the rest to measure on. */
import { readFileSync } from 'node:fs';

import { memoryTokens } from '@ramble/core';

export function readCharacters(path) {
  const characters = Array.from(readFileSync(path, 'utf8'));
  const vocabulary = [...new Set(characters)].sort();
  const ids = new Map(vocabulary.map((character, id) => [character, id]));
  const tokens = Int32Array.from(characters, (character) => ids.get(character));
  const cut = Math.floor(0.9 * tokens.length);
  return {
    vocabSize: vocabulary.length,
    train: memoryTokens(tokens.subarray(0, cut)),
    validation: memoryTokens(tokens.subarray(cut)),
  };
}
