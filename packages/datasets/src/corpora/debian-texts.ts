import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';

import { UnreachableError } from '../download/fetch-from.js';
import type { SummarizedText } from '../pairs/read-pairs.js';
import { type ComponentSplit, mapSplit, splitComponents } from '../split/split-components.js';
import { type CommandOptions, runCommand } from './archives.js';
import type { CorpusSource } from './corpus.js';
import { updateLists } from './debian-manuals.js';

/**
 * Returns the texts in an R data set of a Debian package, one line for each string. The system's apt-get
 * downloads the package; nothing is installed or run.
 *
 * @param options - `folder` is a folder for temporary files.
 */
export async function debianTexts(
  name: string,
  source: Extract<CorpusSource, { kind: 'debian' }>,
  options: CommandOptions,
): Promise<readonly string[]> {
  const folder = join(options.folder, 'debian');
  await mkdir(folder);
  await runCommand(name, ['apt-get', 'download', source.package], { ...options, folder });
  const [archive] = await readdir(folder);
  await runCommand(name, ['dpkg-deb', '-x', archive, 'files'], { ...options, folder });
  const bytes = await readFile(join(folder, 'files', source.entry));
  return readRStrings(source.entry, bytes).map((lines) => `${lines.join('\n')}\n`);
}

const CHARACTER_VECTOR = 16;
const CHARACTERS = 9;
/** Flag of a string in Latin-1; other strings are ASCII or UTF-8. */
const LATIN1 = 1 << 14;
const NOT_AVAILABLE = -1;

/**
 * Reads the character vectors in an .rdb file of R. The file is a sequence of records: the unpacked length
 * (uint32, big-endian) and a zlib stream, which unpacks to one object in R's XDR format, version 3.
 *
 * @see https://cran.r-project.org/doc/manuals/r-release/R-ints.html#Serialization-Formats
 * @throws Error that names the file if an object is not a vector of strings.
 */
export function readRStrings(name: string, bytes: Uint8Array): readonly (readonly string[])[] {
  const vectors: string[][] = [];
  for (let at = 0; at < bytes.length;) {
    // The types lack the option `info` of https://nodejs.org/api/zlib.html#class-options.
    const { buffer, engine } = inflateSync(bytes.subarray(at + 4), {
      info: true,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    vectors.push(readVector(name, buffer));
    at += 4 + engine.bytesWritten; // bytes that the stream has read
  }
  return vectors;
}

function readVector(name: string, bytes: Buffer): string[] {
  let at = 0;
  const next = (): number => {
    at += 4;
    return bytes.readInt32BE(at - 4);
  };
  const expectNext = (what: string, expected: number, mask = -1): void => {
    const got = next() & mask;
    if (got !== expected) throw new Error(`${name}: expected ${what} (${expected}), got ${got}`);
  };

  if (bytes.toString('latin1', 0, 2) !== 'X\n') {
    throw new Error(`${name}: expected an object in R's XDR format, got another format`);
  }
  at = 2;
  expectNext('format version', 3);
  at += 8; // skips the versions of R that wrote it and that can read it
  const encodingBytes = next();
  at += encodingBytes; // skips the name of the encoding, if present
  expectNext('a character vector', CHARACTER_VECTOR, 0xff);
  return Array.from({ length: next() }, () => {
    expectNext('a UTF-8 string', CHARACTERS, 0xff | LATIN1);
    const lengthBytes = next();
    if (lengthBytes === NOT_AVAILABLE) return 'NA';
    at += lengthBytes;
    return bytes.toString('utf8', at - lengthBytes, at);
  });
}

/** Descriptions with synopses for training, validation and testing, and the numbers of packages left out. */
export interface DescriptionSummaries extends ComponentSplit<SummarizedText> {
  /** Number of packages left out. `undescribed`: a package has only a synopsis. `repeated`: it occurred before. */
  readonly leftOut: { readonly undescribed: number; readonly repeated: number };
}

/** Number of packages that are held out. */
const VALIDATION = 1000;
const TEST = 2000;

/**
 * Returns descriptions of packages with their synopses as summaries. Packages of one source have common
 * paragraphs; the split ensures that test and training data have no paragraph or synopsis in common.
 */
export function debianSummaries(
  descriptions: readonly PackageDescription[],
  { validation = VALIDATION, test = TEST } = {},
): DescriptionSummaries {
  const described = descriptions.filter(({ paragraphs }) => paragraphs.length > 0);
  const distinct = new Map(
    described.map((each) => [[each.synopsis, ...each.paragraphs].join('\n'), each]),
  );
  const split = splitComponents([...distinct.values()], {
    keysOf: ({ synopsis, paragraphs }) => [synopsis, ...paragraphs],
    validation,
    test,
  });
  const pairs = mapSplit(split, (part) =>
    part.map(({ synopsis: summary, paragraphs }) => {
      return { document: paragraphs.join('\n\n'), summary };
    }),
  );
  return {
    ...pairs,
    leftOut: {
      undescribed: descriptions.length - described.length,
      repeated: described.length - distinct.size,
    },
  };
}

/** Debian's description of a package in one language. */
export interface PackageDescription {
  /** Name of the package and hash of its English description, the same in every language. */
  readonly key: string;
  /** The first line of the description. */
  readonly synopsis: string;
  readonly paragraphs: readonly string[];
}

/**
 * Returns the descriptions of all packages of the user's release, by language. The system's lists stay
 * unchanged. The descriptions differ between releases.
 *
 * @param name - Name of the corpus, for error messages.
 * @param options - `folder` is a folder for temporary files.
 * @throws Error if apt-get is missing or fails; UnreachableError if a language has no descriptions, for
 *   example without a network.
 */
export async function debianDescriptions(
  name: string,
  languages: readonly string[],
  options: CommandOptions,
): Promise<PackageDescription[][]> {
  const { folder } = await updateLists(name, languages, options);
  const files = (await readdir(folder)).sort();
  return Promise.all(
    languages.map(async (language) => {
      const own = files.filter((file) => file.endsWith(`_i18n_Translation-${language}`));
      if (own.length === 0) {
        throw new UnreachableError(
          `${name}: apt-get has no descriptions in ${language}`,
          'the network and the sources of apt-get (apt-get update says more)',
        );
      }
      const texts = own.map((file) => readFile(join(folder, file), 'utf8'));
      return (await Promise.all(texts)).flatMap(parseDescriptions);
    }),
  );
}

/**
 * Parses the descriptions in a Translation file of Debian.
 *
 * @see https://wiki.debian.org/DebianRepository/Format#Translation_indices
 */
export function parseDescriptions(text: string): PackageDescription[] {
  return text.split(/\n\n+/).flatMap((stanza) => {
    const fields = /^Package: (.+)\nDescription-md5: (.+)\nDescription-\w+: (.*)((?:\n .*)*)/.exec(
      stanza.trimStart(),
    );
    if (!fields) return [];
    const [, packageName, md5, synopsis, body] = fields;
    const paragraphs = body
      .split(/\n \.(?=\n|$)/)
      .map(oneLine)
      .filter((paragraph) => paragraph !== '');
    return [{ key: `${packageName} ${md5}`, synopsis: oneLine(synopsis), paragraphs }];
  });
}

/** Replaces any white space, including no-break spaces of French punctuation, by one space. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
