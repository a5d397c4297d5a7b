import type { ModelConfig } from '@ramble/core';

import { shadeClass } from '../../../report/palette.js';
import { scoreFormula } from '../prompt/step-meaning.js';

/** Shade of the highest score: a score is no share, so it is paler than a whole. */
const STRONGEST = 0.4;

/**
 * The tables of one head: its scores, masked, and after the softmax.
 *
 * @param words - HTML; a row and a column for each.
 * @param tables - The three, in this order.
 */
export function scoreTables(
  words: readonly string[],
  [scores, masked, weights]: readonly (readonly Float32Array[])[],
  model: Pick<ModelConfig, 'attention'>,
): string {
  const table = (
    caption: string,
    rows: readonly Float32Array[],
    shadeOf: (value: number) => number,
  ): string => {
    const lines = words.map((word, t) => {
      const cells = Array.from(rows[t], (value) => {
        return `<td${shadeClass(shadeOf(value))}>${value === -Infinity ? '−∞' : value.toFixed(2)}</td>`;
      });
      return `<tr><th>${word}</th>${cells.join('')}</tr>`;
    });
    const heading = words.map((word) => `<th>${word}</th>`).join('');
    return `<div class="wide"><table class="scores">\n<caption>${caption}</caption>\n<tr><td></td>${heading}</tr>\n${lines.join('\n')}\n</table></div>`;
  };
  const values = scores.flatMap((row) => Array.from(row));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const height = (score: number): number =>
    score === -Infinity || high === low ? 0 : STRONGEST * ((score - low) / (high - low)) ** 2;
  return [
    table(`Scores: ${scoreFormula(model)} / √(head size)`, scores, height),
    table('Masked: none may look ahead', masked, height),
    table('After the softmax: each row sums to 1', weights, (weight) => weight),
  ].join('\n');
}
