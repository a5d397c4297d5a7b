import type { SummarizedText } from '../pairs/summarized-text.js';
import { type ComponentSplit, splitComponents } from '../split/split-components.js';
import type { PackageDescription } from './debian-descriptions.js';

/** Descriptions and synopses for training, validation and testing, and the number left out. */
export interface DescriptionSummaries extends ComponentSplit<SummarizedText> {
  /** `undescribed`: there is only a synopsis. `repeated`: there already. */
  readonly leftOut: { readonly undescribed: number; readonly repeated: number };
}

/** Packages that are set apart. */
const VALIDATION = 1000;
const TEST = 2000;

/**
 * Descriptions of packages and their synopses. Packages of one source share paragraphs: what is tested
 * on shares none, nor its synopsis, with what is learned.
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
  const pairs = (part: readonly PackageDescription[]): SummarizedText[] =>
    part.map(({ synopsis, paragraphs }) => ({
      document: paragraphs.join('\n\n'),
      summary: synopsis,
    }));
  return {
    train: pairs(split.train),
    validation: pairs(split.validation),
    test: pairs(split.test),
    leftOut: {
      undescribed: descriptions.length - described.length,
      repeated: described.length - distinct.size,
    },
  };
}
