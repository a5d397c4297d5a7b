import type { DataFile, ReadingOptions } from '@ramble/core';
import type { DataFields } from '@ramble/core/app';
import { pairReaders } from '@ramble/datasets';
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

/** Readers of documents and summaries, of `.jsonl` and `.tsv` files or of two files. */
export const { readExamples, readParallel } = pairReaders<SummarizationExample>(
  { first: 'document', second: 'summary' },
  'expected documents and summaries, got none',
  ({ first: document, second: summary }) => ({ document, summary }),
);

/**
 * Reads a document and its summary from two files.
 *
 * @throws Error that names both files if one is empty, unless such pairs are skipped.
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
