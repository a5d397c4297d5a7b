import { meanOfHeads, type PromptStudy } from '@ramble/core/study';

import { sentenceRow } from './sentence-row.js';
import { tokenText } from './token-text.js';

/** Section with the last token's attention, layer by layer, as shaded sentences. */
export function attentionSection({ tokens, attention }: PromptStudy): string {
  const position = tokens.length - 1;
  const words = tokens.map(({ word }) => tokenText(word));
  const rows = attention.map((heads, i) =>
    sentenceRow(`layer ${i}`, words, meanOfHeads(heads, position)),
  );
  return [
    `<h2>What <code>${words[position]}</code> attends to</h2>`,
    '<p>The stronger a token is shaded, the more the last one attends to it. Rest the pointer on a token for its share.</p>',
    `<table>\n<caption>The mean of the heads, layer by layer</caption>\n${rows.join('\n')}\n</table>`,
  ].join('\n');
}
