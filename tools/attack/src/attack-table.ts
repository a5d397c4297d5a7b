import type { AttackRow } from './run-attack.js';

const BEGIN = '<!-- attacks -->';
const END = '<!-- end of attacks -->';

/** Formats the rows as a Markdown table. */
export function attackTable(rows: readonly AttackRow[]): string {
  const lines = rows.map(({ attack, promise, tried, held, missing }) => {
    const counts = missing === undefined ? `${tried} | ${held}` : `not here: ${missing} |`;
    return `| ${attack} | ${promise} | ${counts} |`;
  });
  return [
    '| attack | what is promised | tried | held |',
    '| --- | --- | --: | --: |',
    ...lines,
  ].join('\n');
}

/**
 * Returns a page with its table replaced.
 *
 * @throws Error if the page has no place for a table.
 */
export function withTable(page: string, table: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`page: expected ${BEGIN} and ${END}, got neither`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${page.slice(end)}`;
}
