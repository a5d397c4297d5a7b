import type { DataFile } from '@ramble/core';
import { fileExtension } from '@ramble/core/files';

/** How a file holds documents: it is one, or each of its lines is one. */
export type TextFormat = 'plain' | 'jsonl';

/** The format of documents for a file extension. */
export function textFormat(file: Pick<DataFile, 'name' | 'extension'>): TextFormat {
  return fileExtension(file) === '.jsonl' ? 'jsonl' : 'plain';
}
