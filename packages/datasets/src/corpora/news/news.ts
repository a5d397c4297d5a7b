import type { SummarizedText } from '../../pairs/summarized-text.js';
import type { Part, WebFile } from '../corpus.js';

/** A set of news: an article is a file of an archive. */
export interface News {
  readonly archives: readonly WebFile[];
  /** The part of each article, by the name of its file without the extension. */
  readonly partOf: ReadonlyMap<string, Part>;
  /** Reads an article; a missing part is empty. */
  readonly read: (text: string) => SummarizedText;
}

/** Downloads a file and says where it is. */
export type GetFile = (file: WebFile) => Promise<string>;
