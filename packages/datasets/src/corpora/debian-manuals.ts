import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import type { SummarizedText } from '../pairs/read-pairs.js';
import { type ComponentSplit, mapSplit, splitComponents } from '../split/split-components.js';
import { type CommandOptions, runCommand } from './archives.js';
import { type ManSection, readManPage } from './man/read-man-page.js';

const unzip = promisify(gunzip);

/**
 * Returns the sources of the English manual pages in Debian packages of the user's release. Nothing is
 * installed or run. The pages differ between releases.
 *
 * @param name - Name of the corpus, for error messages.
 * @param options - `folder` is a folder for temporary files.
 * @throws Error if apt-get or dpkg-deb is missing or fails.
 */
export async function debianManuals(
  name: string,
  packages: readonly string[],
  options: CommandOptions,
): Promise<string[]> {
  const { flags } = await updateLists(name, ['none'], options);
  const folder = join(options.folder, 'packages');
  await mkdir(folder);
  await runCommand(name, ['apt-get', ...flags, 'download', ...packages], { ...options, folder });
  for (const archive of (await readdir(folder)).sort()) {
    await runCommand(name, ['dpkg-deb', '-x', archive, 'files'], { ...options, folder });
  }
  const manuals = join(folder, 'files', 'usr', 'share', 'man');
  const pages: string[] = [];
  for (const section of (await readdir(manuals)).sort()) {
    if (!/^man\d$/.test(section)) continue; // pages in other languages
    const entries = await readdir(join(manuals, section), { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name); // links are skipped
    for (const file of files.sort()) {
      const bytes = await readFile(join(manuals, section, file));
      const content = file.endsWith('.gz') ? await unzip(bytes) : bytes;
      pages.push(content.toString('utf8'));
    }
  }
  return pages;
}

/**
 * Manual pages with their one-line summaries for training, validation and testing, and the numbers of pages left out,
 * by reason.
 */
export interface ManualSummaries extends ComponentSplit<SummarizedText> {
  readonly leftOut: Readonly<Record<LeftOut, number>>;
}

/**
 * Reasons to leave out a page. `alias`: it refers to another page. `mdoc`: its macros are not
 * supported. `nameless`: it has no line `name - description`. `short`: it has hardly any text.
 * `repeated`: it occurred before.
 */
type LeftOut = 'alias' | 'mdoc' | 'nameless' | 'short' | 'repeated';

/** Number of pages held out for validation. */
const VALIDATION = 150;
const TEST = 300;
const SHORTEST_WORDS = 40;
/**
 * Two pages with an equal paragraph of at least this many words go into the same part. Shorter paragraphs also recur in
 * unrelated pages.
 */
const SHARED_WORDS = 12;
/** Sections that are similar in all pages of an author. */
const BOILERPLATE =
  /^(authors?|availability|bugs|colophon|conforming to|contributors|copyright.*|credits|git|history|licen[sc]e.*|maintainers?|protocols|reporting bugs|see also|source|standards|support|version.*)$/i;

interface Page extends SummarizedText {
  readonly keys: readonly string[];
}

/**
 * Returns manual pages without their section NAME, with the line of that section as their summary. Pages of
 * one program have common paragraphs; the split ensures that test and training data have no paragraph or
 * summary in common.
 *
 * @param manuals - Sources of the pages, in the macros of man(7).
 */
export function manualSummaries(
  manuals: readonly string[],
  { validation = VALIDATION, test = TEST } = {},
): ManualSummaries {
  const leftOut = { alias: 0, mdoc: 0, nameless: 0, short: 0, repeated: 0 };
  const pages = new Map<string, Page>();
  for (const source of manuals) {
    const page = pageOf(source);
    if (typeof page === 'string') leftOut[page]++;
    else if (pages.has(page.document)) leftOut.repeated++;
    else pages.set(page.document, page);
  }
  const split = splitComponents([...pages.values()], {
    keysOf: ({ keys }) => keys,
    validation,
    test,
  });
  const pairs = mapSplit(split, (part) =>
    part.map(({ document, summary }) => ({ document, summary })),
  );
  return { ...pairs, leftOut };
}

function pageOf(source: string): Page | Exclude<LeftOut, 'repeated'> {
  const sections = readManPage(source);
  if (typeof sections === 'string') return sections;
  const isName = ({ heading }: ManSection): boolean => heading.toUpperCase() === 'NAME';
  const summary = sections.find(isName)?.paragraphs.join(' ') ?? '';
  if (!/\S\s+[-–—]+\s+\S/.test(summary)) return 'nameless';
  const others = sections.filter((section) => !isName(section));
  const texts = others.map(({ heading, paragraphs }) => [heading, ...paragraphs].join('\n'));
  const document = texts.join('\n\n');
  if (wordCount(document) < SHORTEST_WORDS) return 'short';
  const own = others.filter(({ heading }) => !BOILERPLATE.test(heading));
  const shared = own
    .flatMap(({ paragraphs }) => paragraphs)
    .filter((paragraph) => wordCount(paragraph) >= SHARED_WORDS);
  return { document, summary, keys: [summary, ...shared] };
}

function wordCount(text: string): number {
  return text.split(/\s+/).length;
}

/** Lists of the packages of the user's Debian release, as apt-get has fetched them. */
export interface PackageLists {
  /** Folder of the lists. */
  readonly folder: string;
  /** Flags of apt-get for reading the lists. */
  readonly flags: readonly string[];
}

/**
 * Runs apt-get to fetch its lists into a folder of ramble; the system's own lists are not changed.
 *
 * @param languages - Languages of descriptions to fetch in addition; `none` for none.
 * @param options - `folder` is a folder for temporary files.
 */
export async function updateLists(
  name: string,
  languages: readonly string[],
  options: CommandOptions,
): Promise<PackageLists> {
  const folder = join(options.folder, 'lists');
  await mkdir(join(folder, 'partial'), { recursive: true });
  const settings = [
    `Dir::State::lists=${folder}`,
    `Dir::Cache=${folder}`,
    `Acquire::Languages=${languages.join(',')}`,
    'Acquire::GzipIndexes=false',
    'APT::Update::Post-Invoke::=',
    'APT::Update::Post-Invoke-Success::=',
  ];
  const flags = settings.flatMap((setting) => ['-o', setting]);
  await runCommand(name, ['apt-get', ...flags, 'update'], { ...options, folder });
  return { folder, flags };
}
