import { escapeHtml } from '@ramble/core/files';

/** The numbers that matter, by what they are, as HTML. */
export function factList(facts: Readonly<Record<string, string>>): string {
  const items = Object.entries(facts).map(
    ([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<dl class="facts">\n${items.join('\n')}\n</dl>`;
}
