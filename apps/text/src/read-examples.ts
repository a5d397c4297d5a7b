import type { DataFile } from '@ramble/core';
import { readText } from '@ramble/datasets';
import type { TextExample } from '@ramble/language';

/**
 * The text of files in pieces of about a megabyte, at constant memory: plain files are a document
 * each, a `.jsonl` file has one on each line.
 *
 * @throws Error that names the file when it is not UTF-8 text, or has none.
 */
export async function* readExamples(files: readonly DataFile[]): AsyncGenerator<TextExample> {
  for (const file of files) {
    let isEmpty = true;
    let linesBefore = 0;
    let continues = false;
    // Only the lines of a plain file are those of the text.
    const isPlain = file.unit === undefined && !/\.(jsonl|tsv)(\.|$)/i.test(file.name);
    for await (const piece of readText(file)) {
      isEmpty = false;
      const origin = { name: file.name, ...(isPlain && { linesBefore }) };
      yield { ...piece, ...(continues && { continues }), origin };
      continues = !piece.endsDocument;
      linesBefore += piece.text.split('\n').length - 1;
    }
    if (isEmpty) throw new Error(`${file.name}: expected text, got none`);
  }
}
