import type { DataFile, ReadingOptions } from '@ramble/core';
import { fileExtension, fileLines, shownText, tryParseJson } from '@ramble/core/files';

/** Names of the fields of a line of JSON that contain the two texts of a pair. */
export interface PairFields {
  readonly first: string;
  readonly second: string;
}

/**
 * Reads pairs from a file, one per line: in a `.jsonl` file an object with the two fields, otherwise two
 * texts separated by a tab. Empty lines are skipped.
 *
 * @throws Error with the number of the first line that is not a pair, or as `fileLines`.
 */
export async function* readPairs(
  file: Omit<DataFile, 'sizeBytes'>,
  fields: PairFields,
): AsyncGenerator<TextPair> {
  const isJson = fileExtension(file) === '.jsonl';
  let lineNumber = 0;
  for await (const line of fileLines(file)) {
    lineNumber++;
    if (line === '') continue;
    const place = `${file.name} ${file.unit ?? 'line'} ${lineNumber}`;
    const pair = isJson ? parseObject(line, fields) : parseTabbed(line);
    if (pair === undefined) {
      const expected = isJson
        ? `JSON like {"${fields.first}": "…", "${fields.second}": "…"}`
        : `a ${fields.first}, a tab and a ${fields.second}`;
      throw new Error(`${place}: expected ${expected}, got ${shownText(line)}`);
    }
    yield { ...pair, place };
  }
}

function parseTabbed(line: string): TextPair | undefined {
  const [first, second, ...more] = line.split('\t') as [string, ...(string | undefined)[]]; // split returns at least one
  return second === undefined || more.length > 0 ? undefined : { first, second };
}

function parseObject(line: string, fields: PairFields): TextPair | undefined {
  const value = tryParseJson(line); // the caller's error shows the line
  if (typeof value !== 'object' || value === null) return undefined;
  const texts = Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
  const {
    [fields.first]: first,
    [fields.second]: second,
    ...labels
  } = texts as Record<string, string | undefined>;
  if (first === undefined || second === undefined) return undefined;
  return { first, second, labels: labels as Record<string, string> }; // the rest are texts
}

type Lines = Pick<DataFile, 'name' | 'chunks'>;

/**
 * Reads two parallel files at constant memory: line n of one belongs to line n of the other. Empty lines are
 * pairs too.
 *
 * @throws Error with both counts if one has more lines, or as `fileLines`.
 */
export async function* readParallel(first: Lines, second: Lines): AsyncGenerator<TextPair> {
  const [firsts, seconds] = [fileLines(first), fileLines(second)];
  for (let count = 0; ; count++) {
    const [a, b] = [await firsts.next(), await seconds.next()];
    if (a.done && b.done) return;
    if (a.done || b.done) {
      const [here, there] = [count, count + 1 + (await rest(a.done ? seconds : firsts))];
      const [firstCount, secondCount] = a.done ? [here, there] : [there, here];
      throw new Error(
        `${second.name}: expected as many lines as ${first.name} (${firstCount}), got ${secondCount}`,
      );
    }
    yield { first: a.value, second: b.value };
  }
}

async function rest(lines: AsyncIterable<string>): Promise<number> {
  const reader = lines[Symbol.asyncIterator]();
  let count = 0;
  while (!(await reader.next()).done) count++;
  return count;
}

/**
 * Leaves out pairs with an empty side and reports their number.
 *
 * @param name - Name of the files, for messages.
 * @param missing - Text of the error after the name.
 * @throws Error that names the files if no pair is left.
 */
async function* fullPairs(
  name: string,
  pairs: AsyncIterable<TextPair>,
  missing: string,
  { onSkip }: ReadingOptions,
): AsyncGenerator<TextPair> {
  let [count, empty] = [0, 0];
  for await (const pair of pairs) {
    count++;
    if (pair.first.trim() === '' || pair.second.trim() === '') empty++;
    else yield pair;
  }
  if (count === empty) throw new Error(`${name}: ${missing}`);
  if (empty > 0) onSkip?.(`${empty} of ${count} pairs with an empty side (${name})`);
}

/** Readers of an app's examples that are pairs of texts. */
export interface PairReaders<Example> {
  /**
   * Reads the pairs of files, one per line. A pair with an empty side is left out.
   *
   * @throws Error that names the line that is no pair, or the file without pairs.
   */
  readonly readExamples: (
    files: readonly DataFile[],
    options?: ReadingOptions,
  ) => AsyncGenerator<Example>;
  /**
   * Reads the pairs of two files, line by line. Pairs with an empty line are left out.
   *
   * @throws Error with both counts, when one file has more lines than the other.
   */
  readonly readParallel: (
    first: DataFile,
    second: DataFile,
    options?: ReadingOptions,
  ) => AsyncGenerator<Example>;
}

/**
 * Makes the readers of an app's pairs.
 *
 * @param missing - Text of the error for files without pairs, after their name.
 */
export function pairReaders<Example>(
  fields: PairFields,
  missing: string,
  exampleOf: (pair: TextPair) => Example,
): PairReaders<Example> {
  async function* examplesOf(
    name: string,
    pairs: AsyncIterable<TextPair>,
    options: ReadingOptions,
  ): AsyncGenerator<Example> {
    for await (const pair of fullPairs(name, pairs, missing, options)) yield exampleOf(pair);
  }
  return {
    readExamples: async function* (files, options = {}) {
      for (const file of files) yield* examplesOf(file.name, readPairs(file, fields), options);
    },
    readParallel: (first, second, options = {}) =>
      examplesOf(`${first.name}, ${second.name}`, readParallel(first, second), options),
  };
}

/** A text and its summary, as in a line of a corpus. */
export interface SummarizedText {
  readonly document: string;
  readonly summary: string;
}

/** A pair of texts: a sentence and its translation, or a document and its summary. */
export interface TextPair {
  readonly first: string;
  readonly second: string;
  /** Position of the pair in its file, for errors: `a.jsonl line 3`. */
  readonly place?: string;
  /** Other texts in the same line of JSON, by name, such as languages. */
  readonly labels?: Readonly<Record<string, string>>;
}
