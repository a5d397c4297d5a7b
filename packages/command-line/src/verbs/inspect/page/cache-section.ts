import type { PromptStudy } from '@ramble/core/study';

import { formatBytes, formatCount } from '../../../format/format-number.js';
import { namedSteps, tokensRead } from '../prompt/group-steps.js';
import { tokenText } from './token-text.js';

/** Steps shown at both ends of a long prompt. */
const ENDS = 10;

/** The section of the page with the cache after each token. */
export function cacheSection(study: PromptStudy): string {
  const most = study.tokens.length;
  const rows = namedSteps(study).map(({ name, read, reused, held, sizeBytes }) => {
    const part = (count: number, level: number): string =>
      `<i class="s${level}" style="width:${((100 * count) / most).toFixed(2)}%"></i>`;
    return (
      `<tr><th>${tokenText(name)}</th><td class="bar">${part(reused, 4)}${part(read, 16)}</td>` +
      `<td>${held}</td><td>${formatBytes(sizeBytes)}</td></tr>`
    );
  });
  const isLong = rows.length > 2 * ENDS + 1;
  const shown = isLong
    ? [...rows.slice(0, ENDS), '<tr><th>…</th></tr>', ...rows.slice(-ENDS)]
    : rows;
  const { withCache, without } = tokensRead(study);
  return [
    '<h2>The cache, token by token</h2>',
    `<p>Strong is what was computed for this token, pale what was there and reused. Read ${formatCount(withCache)} times a token; without the cache ${formatCount(without)} times.</p>`,
    `<div class="wide"><table class="numbers">\n<tr><td></td><td></td><td>held</td><td>size</td></tr>\n${shown.join('\n')}\n</table></div>`,
  ].join('\n');
}
