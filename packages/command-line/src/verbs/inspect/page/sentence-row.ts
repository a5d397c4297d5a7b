import { shadeClass } from '../../../report/palette.js';

/**
 * A row of a table: a sentence, each of its words shaded by its weight.
 *
 * @param words - HTML.
 */
export function sentenceRow(
  title: string,
  words: readonly string[],
  weights: ArrayLike<number>,
): string {
  const spans = words.map((word, i) => {
    const percent = (100 * weights[i]).toFixed(1);
    return `<span${shadeClass(weights[i])} title="${percent} %">${word}</span>`;
  });
  return `<tr><th>${title}</th><td class="sentence">${spans.join('')}</td></tr>`;
}
