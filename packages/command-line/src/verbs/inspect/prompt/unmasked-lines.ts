import type { NextToken } from '@ramble/core/sampling';
import type { MaskEffect, PromptStudy } from '@ramble/core/study';

import { fitText, formatTable, type RightCell } from '../../../format/format-table.js';
import { formatShare } from '../../../format/format-number.js';

const WORD = 13;

/** Effect of the mask on each token: its attention to later tokens, and its prediction with and without the mask. */
export function unmaskedLines(
  { tokens }: Pick<PromptStudy, 'tokens'>,
  { tokens: effects }: MaskEffect,
): string[] {
  const says = ({ word, probability }: NextToken): (string | RightCell)[] => [
    fitText(word, WORD),
    { right: formatShare(probability) },
  ];
  return [
    'Every token sees all of the prompt, as in BERT: how much of its attention goes',
    'to later tokens, and what it says follows, with the mask and without.',
    ...formatTable([
      ['', { right: 'ahead' }, 'masked', '', 'unmasked', ''],
      ...effects.map(({ ahead, masked, unmasked }, t) => [
        fitText(tokens[t].word, WORD),
        { right: formatShare(ahead) },
        ...says(masked),
        ...says(unmasked),
      ]),
    ]),
    'It learned without seeing later tokens, so it knows no use for them; and no',
    'text can be written so, as what comes later is not there yet.',
  ];
}
