import type { ParameterTally } from '@ramble/core/model';
import { escapeHtml } from '@ramble/core/files';

import { tallyRows } from '../tally-rows.js';

/** The section of the page that lists the parameters, row by row. */
export function tallySection(tally: ParameterTally, nLayer: number): string {
  const rows = tallyRows(tally, nLayer).map(([name, shape, block, all], i) => {
    const inner = name.startsWith(' ') ? ' class="inner"' : '';
    const word = i === 0 ? name : `<code>${escapeHtml(name.trim())}</code>`;
    return `<tr><td${inner}>${word}</td><td>${shape.replaceAll(' x ', ' × ')}</td><td>${block}</td><td>${all}</td></tr>`;
  });
  return `<h2>Parameters</h2>\n<div class="wide"><table class="numbers tally">\n${rows.join('\n')}\n</table></div>`;
}
