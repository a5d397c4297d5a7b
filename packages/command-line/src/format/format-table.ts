import stringWidth from 'string-width';

/**
 * Formats rows as lines with aligned columns and a separator between them. The last column may have any width.
 *
 * @param alignment - `l` or `r` for each column, left or right; the last letter is for all further columns.
 */
export function formatTable(
  rows: readonly (readonly string[])[],
  alignment = 'l',
  separator = '  ',
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cellsOf(cell));
    }
  }
  const isRight = (column: number): boolean =>
    alignment[Math.min(column, alignment.length - 1)] === 'r';
  const padded = (cell: string, column: number): string => {
    const blank = ' '.repeat(widths[column] - cellsOf(cell));
    return isRight(column) ? blank + cell : cell + blank;
  };
  return rows.map((row) => row.map(padded).join(separator).trimEnd());
}

/**
 * Returns the width of a text on a terminal in cells. A character takes two cells, one or none. Printable ASCII is
 * measured by its length, which is forty times as fast.
 */
function cellsOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

/** Cuts the end of a text that takes more than `width` cells of a terminal, and replaces it by `…`. */
export function fitText(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let fitting = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(fitting + segment) >= width) break;
    fitting += segment;
  }
  return `${fitting}…`;
}
