import stringWidth from 'string-width';

/** Cell that is aligned to the right of its column, such as a number. */
export interface RightCell {
  readonly right: string;
}

/** Formats rows as lines with aligned columns and two spaces between them. The last column may have any width. */
export function formatTable(rows: readonly (readonly (string | RightCell)[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cellsOf(textOf(cell)));
    }
  }
  return rows.map((row) =>
    row
      .map((cell, column) =>
        typeof cell === 'string'
          ? cell + blank(cell, widths[column])
          : blank(cell.right, widths[column]) + cell.right,
      )
      .join('  ')
      .trimEnd(),
  );
}

function textOf(cell: string | RightCell): string {
  return typeof cell === 'string' ? cell : cell.right;
}

/** Spaces that pad a text to a width. */
function blank(text: string, width: number): string {
  return ' '.repeat(width - cellsOf(text));
}

/**
 * Width of a text on a terminal in cells: two for some characters, none for others. Printable ASCII is one cell
 * each, which is forty times as fast to check.
 */
function cellsOf(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

/** Cuts the end of a text that takes more than `width` cells of a terminal. */
export function fitText(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let fitting = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(fitting + segment) >= width) break;
    fitting += segment;
  }
  return `${fitting}…`;
}
