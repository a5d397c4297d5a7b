import type { PromptStudy } from '@ramble/core/study';

import { formatShare } from '../../../format/format-number.js';
import { lensTitle } from '../prompt/group-steps.js';
import { shadeClass } from '../../../report/palette.js';
import { tokenText } from './token-text.js';

const SHOWN = 5;

/** The section of the page with the logit lens. */
export function lensSection({ tokens, lens }: PromptStudy): string {
  const rows = lens.map(({ blocks, tokens: next }) => {
    const cells = next.slice(0, SHOWN).map(({ word, probability }) => {
      return `<td${shadeClass(probability)}><code>${tokenText(word)}</code> <small>${formatShare(probability)}</small></td>`;
    });
    return `<tr><th>${lensTitle(blocks)}</th>${cells.join('')}</tr>`;
  });
  const last = tokenText(tokens[tokens.length - 1].word);
  return [
    `<h2>What follows <code>${last}</code>, block after block</h2>`,
    '<p>The final norm and the output projection, applied to what each block leaves: the last row is what the model says.</p>',
    `<table class="lens">\n${rows.join('\n')}\n</table>`,
  ].join('\n');
}
