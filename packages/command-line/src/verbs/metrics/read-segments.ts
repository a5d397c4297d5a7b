import { counted } from '@ramble/core/files';

import { readLines } from '../../content/read-lines.js';

/** Texts to score and to hold them against, a list a file, all equally long. */
export interface Segments {
  readonly hypotheses: readonly (readonly string[])[];
  readonly references: readonly (readonly string[])[];
}

/**
 * Reads files with a segment a line; white space at the ends of lines is none of theirs.
 *
 * @throws Error that names the file that has other lines than the first, or cannot be read.
 */
export async function readSegments(
  files: { readonly hypothesis: readonly string[]; readonly reference: readonly string[] },
  stdin: AsyncIterable<Uint8Array>,
  prepare: (line: string) => string,
): Promise<Segments> {
  const read = async (path: string): Promise<string[]> =>
    (await readLines(path, stdin)).map((line) => prepare(line.trimEnd()));
  const [first, ...others] = [...files.hypothesis, ...files.reference];
  const lists = [await read(first)];
  const { length } = lists[0];
  if (length === 0) throw new Error(`${first}: expected at least one line, got none`);
  for (const path of others) {
    const lines = await read(path);
    if (lines.length !== length) {
      throw new Error(
        `${path}: expected ${counted(length, 'line')}, as ${first} has, got ${lines.length}`,
      );
    }
    lists.push(lines);
  }
  return {
    hypotheses: lists.slice(0, files.hypothesis.length),
    references: lists.slice(files.hypothesis.length),
  };
}
