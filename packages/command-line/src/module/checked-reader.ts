import type { DataFile, ReadingOptions } from '@ramble/core';

import { blame, blameSteps, keepErrors } from './blame.js';
import { showValue } from './show-value.js';

type Reader = (files: readonly DataFile[], options?: ReadingOptions) => AsyncIterable<unknown>;

/**
 * A reader of a module; what it throws is named, unless a file could not be read.
 *
 * @param name - The function: `./dna.js: readExamples`.
 */
export function checkedReader(name: string, read: Reader): Reader {
  return (files, options) => {
    const excused = new Set<unknown>();
    const watched = files.map((file) => ({
      ...file,
      chunks: () => keepErrors(file.chunks(), excused),
    }));
    const examples: unknown = blame(name, () => read(watched, options));
    checkGenerator(name, examples);
    return blameSteps(name, examples, excused);
  };
}

function checkGenerator(name: string, value: unknown): asserts value is AsyncIterable<unknown> {
  if (typeof value === 'object' && value !== null && Symbol.asyncIterator in value) return;
  throw new TypeError(
    `${name}: expected an async generator, as \`async function*\` makes one, got ${showValue(value)}`,
  );
}
