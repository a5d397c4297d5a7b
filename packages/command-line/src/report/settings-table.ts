import { escapeHtml } from '@ramble/core/files';

import type { SettingGroup } from './split-settings.js';

/** Settings by name under a heading, as an HTML table; those at their defaults fold away. */
export function settingsTable(heading: string, { chosen, defaults = {} }: SettingGroup): string {
  const count = Object.keys(defaults).length;
  const folded =
    count === 0
      ? ''
      : `\n<details>\n<summary>${count} at ${count === 1 ? 'its default' : 'their defaults'}</summary>\n<table>\n${rowsOf(defaults)}\n</table>\n</details>`;
  const caption = `<caption>${escapeHtml(heading)}</caption>`;
  return `<div>\n<table>\n${caption}\n${rowsOf(chosen)}\n</table>${folded}\n</div>`;
}

function rowsOf(rows: Readonly<Record<string, string>>): string {
  const lines = Object.entries(rows).map(
    ([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return lines.join('\n');
}
