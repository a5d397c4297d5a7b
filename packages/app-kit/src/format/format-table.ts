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
      widths[column] = Math.max(widths[column] ?? 0, textOf(cell).length);
    }
  }
  return rows.map((row) =>
    row
      .map((cell, column) =>
        typeof cell === 'string'
          ? cell.padEnd(widths[column])
          : cell.right.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
}

function textOf(cell: string | RightCell): string {
  return typeof cell === 'string' ? cell : cell.right;
}
