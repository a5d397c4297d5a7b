import type { ModelConfig, PromptStudy } from '@ramble/core';

import { shadeClass } from '../../../report/shades.js';
import { scoreFormula } from '../prompt/score-formula.js';
import { tokenText } from './token-text.js';

/** Tokens side by side. */
const SHOWN = 16;
/** Shade of the highest score: a score is no share, so it is paler than a whole. */
const STRONGEST = 0.4;

/** The scores of one head, masked, and after the softmax. */
export function scoreSection(
  { tokens, scoreTable }: PromptStudy,
  model: Pick<ModelConfig, 'attention'>,
): string {
  const { layer, head, scores, masked, weights } = scoreTable;
  const first = Math.max(0, tokens.length - SHOWN);
  const words = tokens.slice(first).map(({ word }) => tokenText(word));
  const table = (
    caption: string,
    rows: readonly Float32Array[],
    shadeOf: (value: number) => number,
  ): string => {
    const lines = words.map((word, t) => {
      const cells = Array.from(rows[first + t].subarray(first), (value) => {
        return `<td${shadeClass(shadeOf(value))}>${value === -Infinity ? '−∞' : value.toFixed(2)}</td>`;
      });
      return `<tr><th>${word}</th>${cells.join('')}</tr>`;
    });
    const heading = words.map((word) => `<th>${word}</th>`).join('');
    return `<div class="wide"><table class="scores">\n<caption>${caption}</caption>\n<tr><td></td>${heading}</tr>\n${lines.join('\n')}\n</table></div>`;
  };
  const values = scores.slice(first).flatMap((row) => Array.from(row.subarray(first)));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const height = (score: number): number =>
    score === -Infinity || high === low ? 0 : STRONGEST * ((score - low) / (high - low)) ** 2;
  const note = first > 0 ? ` Of the last ${SHOWN} of ${tokens.length} tokens.` : '';
  return [
    `<h2>Scores of layer ${layer}, head ${head}</h2>`,
    `<p>A row for each token that looks, a column for each that it may look at.${note}</p>`,
    table(`Scores: ${scoreFormula(model)} / √(head size)`, scores, height),
    table('Masked: none may look ahead', masked, height),
    table('After the softmax: each row sums to 1', weights, (weight) => weight),
  ].join('\n');
}
