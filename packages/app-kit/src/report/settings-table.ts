import { escapeHtml } from './escape-html.js';

/** Settings by name under a heading, as an HTML table. */
export function settingsTable(heading: string, rows: Readonly<Record<string, string>>): string {
  const lines = Object.entries(rows).map(
    ([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table>\n<caption>${escapeHtml(heading)}</caption>\n${lines.join('\n')}\n</table>`;
}
