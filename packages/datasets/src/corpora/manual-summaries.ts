import type { SummarizedText } from '../pairs/summarized-text.js';
import { type ComponentSplit, splitComponents } from '../split/split-components.js';
import { type ManSection, readManPage } from './man/read-man-page.js';

/**
 * Manual pages with their one-line summaries for training, validation and testing, and the number
 * left out.
 */
export interface ManualSummaries extends ComponentSplit<SummarizedText> {
  readonly leftOut: Readonly<Record<LeftOut, number>>;
}

/**
 * `alias`: the page is another one. `mdoc`: it is written in macros that are not read. `nameless`: there is
 * no line `name - what it is`. `short`: it says next to nothing. `repeated`: there already.
 */
type LeftOut = 'alias' | 'mdoc' | 'nameless' | 'short' | 'repeated';

/** Pages that are set apart. */
const VALIDATION = 150;
const TEST = 300;
const SHORTEST_WORDS = 40;
/** Shorter paragraphs say the same in pages that have nothing to do with each other. */
const SHARED_WORDS = 12;
/** Sections that are much the same in all pages of an author. */
const BOILERPLATE =
  /^(authors?|availability|bugs|colophon|conforming to|contributors|copyright.*|credits|git|history|licen[sc]e.*|maintainers?|protocols|reporting bugs|see also|source|standards|support|version.*)$/i;

interface Page extends SummarizedText {
  readonly keys: readonly string[];
}

/**
 * Manual pages without their section NAME, and the line that is in it. Pages of one program share
 * paragraphs: what is tested on shares none, nor its line, with what is learned.
 *
 * @param manuals - Their sources, in the macros of man(7).
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
  const pairs = (part: readonly Page[]): SummarizedText[] =>
    part.map(({ document, summary }) => ({ document, summary }));
  return {
    train: pairs(split.train),
    validation: pairs(split.validation),
    test: pairs(split.test),
    leftOut,
  };
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
