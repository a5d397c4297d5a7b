import stringWidth from 'string-width';

/** What goes to the right of its column: numbers. */
export interface RightCell {
  readonly right: string;
}

/**
 * Rows as lines with their columns in line, two spaces between them. A last column of text may be
 * of any length.
 */
export function formatTable(rows: readonly (readonly (string | RightCell)[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, stringWidth(textOf(cell)));
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

/** What is missing to a width, as a terminal shows text: some characters take two cells, some none. */
function blank(text: string, width: number): string {
  return ' '.repeat(width - stringWidth(text));
}
