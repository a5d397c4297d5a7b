import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { readBytes } from '@ramble/node';

import { downloadFile, type DownloadOptions } from '../download/download-file.js';
import { readParallel } from '../pairs/read-pairs.js';
import { type ComponentSplit, mapSplit, splitComponents } from '../split/split-components.js';
import { checkComplete, type CommandOptions } from './archives.js';
import type { Corpus, CorpusSource, PinnedCorpus, TarPart } from './corpus.js';
import { debianManuals, manualSummaries } from './debian-manuals.js';
import { debianDescriptions, debianSummaries, type PackageDescription } from './debian-texts.js';

/** A text and its translation. */
interface DescriptionPair {
  readonly source: string;
  readonly target: string;
}

/** Training pairs, synopses for validation and testing, and the number of pairs left out. */
export interface DescriptionPairs extends ComponentSplit<DescriptionPair> {
  /** Number of pairs that were left out, by reason. */
  readonly leftOut: Readonly<Record<LeftOut, number>>;
}

/**
 * Reasons to leave out a pair. `untranslated`: the two texts are equal or share most words.
 * `misaligned`: one description has more paragraphs than the other, or one text is far too short.
 * `repeated`: the pair occurred before.
 */
type LeftOut = 'untranslated' | 'misaligned' | 'repeated';

/** Number of synopses that are held out; some of them may be left out later. */
const VALIDATION = 1000;
const TEST = 2000;
/** Minimum fraction of common words with which a "translation" counts as untranslated. */
const UNTRANSLATED_SHARE = 0.7;
const SOME_WORDS = 4;
/** Maximum ratio of the lengths of two texts, beyond a difference of `FREE_LETTERS`. */
const MAX_LENGTHS = 2.2;
const FREE_LETTERS = 20;

/**
 * Returns pairs of synopses and paragraphs of packages that are described in two languages. Packages of one source have
 * common paragraphs; the split ensures that test and training data have no paragraph in common, in either language.
 */
export function debianPairs(
  sources: readonly PackageDescription[],
  targets: readonly PackageDescription[],
  { validation = VALIDATION, test = TEST } = {},
): DescriptionPairs {
  const byKey = new Map(targets.map((description) => [description.key, description]));
  const described = [...new Map(sources.map((each) => [each.key, each])).values()].flatMap(
    (source) => {
      const target = byKey.get(source.key);
      return target ? [{ source, target }] : [];
    },
  );
  const split = splitComponents(described, {
    keysOf: ({ source, target }) => [...textsOf(source), ...textsOf(target)],
    validation,
    test,
  });
  const leftOut = { untranslated: 0, misaligned: 0, repeated: 0 };
  const kept = (pairs: Iterable<DescriptionPair>): DescriptionPair[] => {
    const seen = new Set<string>();
    return [...pairs].filter(({ source, target }) => {
      const reason = seen.has(`${source}\n${target}`) ? 'repeated' : faultOf(source, target);
      seen.add(`${source}\n${target}`);
      if (reason) leftOut[reason]++;
      return !reason;
    });
  };
  const synopses = (part: typeof described): DescriptionPair[] =>
    part.map(({ source, target }) => ({ source: source.synopsis, target: target.synopsis }));
  const paragraphs = split.train.flatMap(({ source, target }) => {
    if (source.paragraphs.length !== target.paragraphs.length) {
      leftOut.misaligned += source.paragraphs.length;
      return [];
    }
    return source.paragraphs.map((text, i) => ({ source: text, target: target.paragraphs[i] }));
  });
  return {
    train: kept([...synopses([...split.train]), ...paragraphs]),
    validation: kept(synopses([...split.validation])),
    test: kept(synopses([...split.test])),
    leftOut,
  };
}

function textsOf({ synopsis, paragraphs }: PackageDescription): string[] {
  return [synopsis, ...paragraphs];
}

function faultOf(source: string, target: string): LeftOut | undefined {
  const [shorter, longer] = [source.length, target.length].sort((a, b) => a - b);
  if (longer > MAX_LENGTHS * shorter + FREE_LETTERS) return 'misaligned';
  if (source === target) return 'untranslated';
  const words = new Set(wordsOf(source));
  const own = wordsOf(target);
  const common = own.filter((word) => words.has(word)).length;
  const isSame = own.length >= SOME_WORDS && common >= UNTRANSLATED_SHARE * own.length;
  return isSame ? 'untranslated' : undefined;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

export interface TarPairsOptions extends DownloadOptions {
  /** Folder for temporary files. */
  readonly folder: string;
  /** Folder in which an interrupted download is continued. */
  readonly downloads: string;
}

/** A text in two languages, as stored in a line of a corpus. */
interface LanguagePair {
  readonly source: string;
  readonly target: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Returns the pairs of one part: the lines of two files of an archive.
 *
 * @param name - Name of the corpus, for error messages.
 * @throws Error as `downloadFile` and `readParallel`, or if the archive lacks a file.
 */
export async function tarPairs(
  name: string,
  { from, to }: Pick<Extract<CorpusSource, { kind: 'tar-pairs' }>, 'from' | 'to'>,
  part: TarPart,
  { folder, downloads, ...options }: TarPairsOptions,
): Promise<LanguagePair[]> {
  const archive = join(downloads, `${name}-${part.sha256.slice(0, 8)}`);
  await downloadFile({ name, ...part }, archive, options);
  const files = join(folder, part.sha256);
  await mkdir(files);
  const { extract } = await import('tar'); // not before it is used: this is loaded with every command
  const missing = new Set([part.source, part.target]);
  await extract({
    file: archive,
    cwd: files,
    filter: (path) => missing.delete(path.replace(/^\.\//, '')),
  });
  checkComplete(name, missing);
  const [sources, targets] = [part.source, part.target].map((file) => {
    const path = join(files, file);
    return {
      name: file,
      chunks: () => (file.endsWith('.sgm') ? readSegments(path) : readBytes(path)),
    };
  });
  const pairs: LanguagePair[] = [];
  for await (const { first, second } of readParallel(sources, targets)) {
    pairs.push({ source: first, target: second, from, to });
  }
  await rm(archive);
  return pairs;
}

/** Yields the segments of an SGM file as lines. */
async function* readSegments(path: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(sgmSegments(await readFile(path, 'utf8')));
}

/**
 * Returns the segments of an SGM file of WMT, one per line, as sacreBLEU reads them: the text between the
 * tags, with unchanged entities. Such files are not valid SGML.
 *
 * @see sacrebleu/dataset/fake_sgml.py
 */
export function sgmSegments(text: string): string {
  const segments = text.matchAll(/^\s*<seg\b[^>]*>(.*)<\/seg>/gim);
  return Array.from(segments, ([, segment]) => `${segment.replaceAll(/\s+/g, ' ').trim()}\n`).join(
    '',
  );
}

/** Pairs of each part, and the numbers of pairs that were left out by reason. */
interface PairParts extends ComponentSplit<object> {
  readonly leftOut: Readonly<Record<string, number>>;
}

/** Makes the pairs of a corpus from Debian's packages. */
export async function makePairs(
  { name, source }: Exclude<Corpus, PinnedCorpus>,
  commands: CommandOptions,
): Promise<PairParts> {
  if (source.kind === 'debian-summaries') {
    const [descriptions] = await debianDescriptions(name, [source.language], commands);
    const summaries = debianSummaries(descriptions);
    if (source.documentsAlone !== true) return summaries;
    const texts = mapSplit(summaries, (part) => part.map(({ document }) => ({ text: document })));
    return { ...texts, leftOut: summaries.leftOut };
  }
  if (source.kind === 'debian-manuals') {
    return manualSummaries(await debianManuals(name, source.packages, commands));
  }
  const { from, to } = source;
  const [sources, targets] = await debianDescriptions(name, [from, to], commands);
  const pairs = debianPairs(sources, targets);
  const named = mapSplit(pairs, (part) => part.map((pair) => ({ ...pair, from, to })));
  return { ...named, leftOut: pairs.leftOut };
}
