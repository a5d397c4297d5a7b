import type { CorpusEntries, WebFile } from '../corpus.js';

/** A text and its summary, as a line of a corpus has them. */
export interface Summarized {
  readonly document: string;
  readonly summary: string;
}

/** A set of news: an article is a file of an archive. */
export interface News {
  readonly archives: readonly WebFile[];
  /** The part of each article, by the name of its file without the extension. */
  readonly partOf: ReadonlyMap<string, keyof CorpusEntries>;
  /** What it does not have is empty. */
  readonly read: (text: string) => Summarized;
}

/** Downloads a file and says where it is. */
export type GetFile = (file: WebFile) => Promise<string>;
