import type { HeadWeights } from '@ramble/core/study';

import { shadeLevel } from '../../../report/palette.js';

/** Draws the attention weights of one head as a small SVG picture, with a row for each query. */
export function headMap(rows: HeadWeights, title: string): string {
  const size = rows.length;
  const paths = new Map<number, string>();
  rows.forEach((row, y) => {
    for (let x = 0; x < size;) {
      const level = shadeLevel(row[x]);
      let end = x + 1;
      while (end < size && shadeLevel(row[end]) === level) end++;
      const run = `M${x} ${y}h${end - x}v1h-${end - x}z`;
      if (level > 0) paths.set(level, (paths.get(level) ?? '') + run);
      x = end;
    }
  });
  const drawn = Array.from(paths, ([level, path]) => `<path class="f${level}" d="${path}"/>`);
  return `<svg viewBox="0 0 ${size} ${size}" role="img"><title>${title}</title>${drawn.join('')}</svg>`;
}
