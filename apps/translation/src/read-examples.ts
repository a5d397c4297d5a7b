import type { DataFile, ReadingOptions } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';
import { readPairs, readParallel, type TextPair } from '@ramble/datasets';
import type { TranslationExample } from '@ramble/translation';

/** Field names of pairs, in ramble and in known data sets. */
export const TRANSLATION_FIELDS: DataFields = {
  names: ['source', 'target'],
  optional: ['from', 'to'],
  known: [
    ['src', 'tgt'],
    ['src', 'trg'],
    ['source_text', 'target_text'],
    ['source_field', 'target_field'],
    ['source_sentence', 'target_sentence'],
  ],
  areLanguages: true,
};
const FIELDS = { first: 'source', second: 'target' };

/**
 * Pairs of `.tsv` and `.jsonl` files, in which languages may be named (`from`, `to`). A pair with an
 * empty side is left out.
 *
 * @throws Error that names the file and the line that is no pair, or a file without any.
 */
export async function* readExamples(
  files: readonly DataFile[],
  options: ReadingOptions = {},
): AsyncGenerator<TranslationExample> {
  for (const file of files) yield* examplesOf(file.name, readPairs(file, FIELDS), options);
}

/**
 * Pairs of two files, line by line; one with an empty line is left out.
 *
 * @throws Error with both counts, when one file has more lines than the other.
 */
export function readParallelExamples(
  source: DataFile,
  target: DataFile,
  options: ReadingOptions = {},
): AsyncGenerator<TranslationExample> {
  return examplesOf(`${source.name}, ${target.name}`, readParallel(source, target), options);
}

async function* examplesOf(
  name: string,
  pairs: AsyncIterable<TextPair>,
  { onSkip }: ReadingOptions,
): AsyncGenerator<TranslationExample> {
  let [count, empty] = [0, 0];
  for await (const { first, second, place, labels } of pairs) {
    count++;
    if (first.trim() === '' || second.trim() === '') {
      empty++;
      continue;
    }
    yield { source: first, target: second, from: labels?.from, to: labels?.to, place };
  }
  if (count === empty) throw new Error(`${name}: expected pairs of texts, got none`);
  if (empty > 0) onSkip?.(`${empty} of ${count} pairs with an empty side (${name})`);
}
