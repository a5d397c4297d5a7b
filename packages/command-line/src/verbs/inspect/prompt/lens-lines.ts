import type { PromptStudy } from '@ramble/core/study';

import { fitText, formatTable } from '../../../format/format-table.js';
import { formatShare } from '../../../format/format-number.js';
import { lensTitle } from './group-steps.js';

/** Number of shown tokens in a line. */
const SHOWN = 3;
const WORD = 13;

/** Formats the logit lens as lines: the predictions after each block. */
export function lensLines({ lens }: PromptStudy): string[] {
  return formatTable(
    lens.map(({ blocks, tokens }) => [
      lensTitle(blocks),
      ...tokens
        .slice(0, SHOWN)
        .flatMap(({ word, probability }) => [
          fitText(word, WORD),
          { right: formatShare(probability) },
        ]),
    ]),
  );
}
