import type { PromptStudy } from '@ramble/core';

import { meanOfHeads } from '../prompt/mean-of-heads.js';
import { headMap } from './head-map.js';
import { shadeClass } from '../../../report/shades.js';
import { tokenText } from './token-text.js';

/** Most weights that the pictures of all heads draw: a page of some ten megabytes. */
const DRAWN = 2 ** 21;

/** Where tokens look: of the last one shaded sentences, of all of them a small picture a head. */
export function attentionSection({ tokens, attention, scoreTable }: PromptStudy): string {
  const { layer, head } = scoreTable;
  const position = tokens.length - 1;
  const words = tokens.map(({ word }) => tokenText(word));
  const sentence = (title: string, weights: Float32Array): string => {
    const spans = words.map((word, i) => {
      const percent = (100 * weights[i]).toFixed(1);
      return `<span${shadeClass(weights[i])} title="${percent} %">${word}</span>`;
    });
    return `<tr><th>${title}</th><td class="sentence">${spans.join('')}</td></tr>`;
  };
  const table = (caption: string, rows: string[]): string =>
    `<table>\n<caption>${caption}</caption>\n${rows.join('\n')}\n</table>`;
  const ofHeads = attention[layer].map((rows, i) => sentence(`head ${i}`, rows[position]));
  const ofLayers = attention.map((each, i) => {
    return sentence(`layer ${i}`, meanOfHeads(each, position));
  });
  const heads = attention.length * attention[0].length;
  const first = Math.max(0, tokens.length - Math.floor(Math.sqrt(DRAWN / heads)));
  const note = first > 0 ? ` The last ${tokens.length - first} of ${tokens.length} tokens.` : '';
  const maps = attention.map((each, l) => {
    const pictures = each.map((whole, h) => {
      const rows = whole.slice(first).map((row) => row.subarray(first));
      const chosen = l === layer && h === head ? ' class="chosen"' : '';
      return `<figure${chosen}>${headMap(rows, `layer ${l}, head ${h}`)}</figure>`;
    });
    return `<div class="maps"><b>layer ${l}</b>${pictures.join('')}</div>`;
  });
  return [
    `<h2>Where <code>${words[position]}</code> looks</h2>`,
    '<p>The stronger a token is shaded, the more of it is read. Rest the pointer on one for its share.</p>',
    table(`The heads of layer ${layer}`, ofHeads),
    table('The mean of the heads, layer by layer', ofLayers),
    '<h2>Where every token looks, head by head</h2>',
    `<p>A row for each token that looks, the first on top; a column for each that it looks at.${note}</p>`,
    ...maps,
  ].join('\n');
}
