import { extname } from 'node:path';

/** How a file keeps documents: it is one, or each of its lines is one. */
export type TextFormat = 'plain' | 'jsonl';

/** The format that a file's name tells. */
export function textFormat(name: string): TextFormat {
  return extname(name).toLowerCase() === '.jsonl' ? 'jsonl' : 'plain';
}
