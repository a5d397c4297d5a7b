import type { NextToken } from '@ramble/core/sampling';
import type { MaskEffect, PromptStudy } from '@ramble/core/study';

import { formatShare } from '../../../format/format-number.js';
import { shadeClass } from '../../../report/palette.js';
import { tokenText } from './token-text.js';

/** The section of the page with the effect of the mask on each token. */
export function unmaskedSection(
  { tokens }: Pick<PromptStudy, 'tokens'>,
  { tokens: effects }: MaskEffect,
): string {
  const says = ({ word, probability }: NextToken): string =>
    `<td${shadeClass(probability)}>${tokenText(word)} <small>${formatShare(probability)}</small></td>`;
  const rows = effects.map(({ ahead, masked, unmasked }, t) => {
    const look = `<td${shadeClass(ahead)}>${formatShare(ahead)}</td>`;
    return `<tr><th>${tokenText(tokens[t].word)}</th>${look}${says(masked)}${says(unmasked)}</tr>`;
  });
  return [
    '<h2>Without the mask</h2>',
    '<p>Every token sees all of the prompt, as in BERT: how much of its attention goes to later tokens, and what it says follows, with the mask and without. It learned without seeing later tokens, so it knows no use for them; and no text can be written so, as what comes later is not there yet.</p>',
    '<div class="wide"><table class="lens">',
    '<tr><td></td><th>ahead</th><th>masked</th><th>unmasked</th></tr>',
    ...rows,
    '</table></div>',
  ].join('\n');
}
