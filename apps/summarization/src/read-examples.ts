import type { DataFile, ReadingOptions } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';
import { fullPairs, readPairs, readParallel, type TextPair } from '@ramble/datasets';
import type { SummarizationExample } from '@ramble/summarization';

import { readText } from './asked.js';

/** Field names of documents and summaries, in ramble and in known data sets. */
export const SUMMARIZATION_FIELDS: DataFields = {
  names: ['document', 'summary'],
  known: [
    ['article', 'highlights'], // CNN/DailyMail
    ['article', 'abstract'], // arXiv, PubMed
    ['article', 'summary'],
    ['dialogue', 'summary'], // SAMSum
    ['report', 'summary'], // GovReport
    ['text', 'summary'], // BillSum
    ['content', 'summary'],
    ['body', 'summary'],
    ['source', 'target'], // SciTLDR
  ],
};
const FIELDS = { first: 'document', second: 'summary' };

/**
 * Documents and summaries of `.jsonl` and `.tsv` files. A pair with an empty side is left out.
 *
 * @throws Error that names the line that is no pair, or the file without pairs.
 */
export async function* readExamples(
  files: readonly DataFile[],
  options: ReadingOptions = {},
): AsyncGenerator<SummarizationExample> {
  for (const file of files) yield* examplesOf(file.name, readPairs(file, FIELDS), options);
}

/**
 * Documents of one file and summaries of another, line by line. Pairs with an empty line are left out.
 *
 * @throws Error with both counts, when one file has more lines than the other.
 */
export function readParallelExamples(
  documents: DataFile,
  summaries: DataFile,
  options: ReadingOptions = {},
): AsyncGenerator<SummarizationExample> {
  const name = `${documents.name}, ${summaries.name}`;
  return examplesOf(name, readParallel(documents, summaries), options);
}

/**
 * Reads a document and its summary from two files.
 *
 * @throws Error that names both if one is empty, unless such pairs are skipped.
 */
export async function* readFilePair(
  documentFile: DataFile,
  summaryFile: DataFile,
  { onSkip }: ReadingOptions = {},
): AsyncGenerator<SummarizationExample> {
  const [document, summary] = [await readWhole(documentFile), await readWhole(summaryFile)];
  if (document.trim() !== '' && summary.trim() !== '') {
    yield { document, summary };
    return;
  }
  const reason = `${documentFile.name}, ${summaryFile.name}: expected a document and a summary, got an empty file`;
  if (!onSkip) throw new Error(reason);
  onSkip(reason);
}

async function readWhole(file: DataFile): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of file.chunks()) parts.push(part);
  return readText(file.name, Buffer.concat(parts));
}

async function* examplesOf(
  name: string,
  pairs: AsyncIterable<TextPair>,
  options: ReadingOptions,
): AsyncGenerator<SummarizationExample> {
  const full = fullPairs(name, pairs, 'expected documents and summaries, got none', options);
  for await (const { first: document, second: summary } of full) yield { document, summary };
}
