import { escapeHtml } from '@ramble/core/files';

import { PALETTE_STYLE } from './palette.js';

/** The content of an HTML page. */
export interface PageContent {
  /** Plain text, as is the line below it. */
  readonly title: string;
  readonly subtitle: string;
  /** HTML, one below the other; empty ones are left out. */
  readonly sections: readonly string[];
  /** CSS of the sections. */
  readonly style: string;
}

const STYLE = `
${PALETTE_STYLE}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 920px; margin: 2.5rem auto; padding: 0 1.5rem; }
@media (max-width: 480px) { body { margin: 1.25rem auto; padding: 0 1rem; } }
h1 { margin: 0; font-size: 1.9rem; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem; }
.subtitle { margin: .25rem 0 1.5rem; color: var(--faint); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin: 0; }
.facts div { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; }
dt { color: var(--faint); font-size: .8rem; }
dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 0 2rem; align-items: start; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding: .75rem 0 .25rem; }
td { border-top: 1px solid var(--line); padding: .2rem .5rem .2rem 0; overflow-wrap: anywhere; vertical-align: top; }
td:first-child { overflow-wrap: break-word; }
summary { cursor: pointer; border-top: 1px solid var(--line); padding: .3rem 0; color: var(--faint); font-size: .9rem; }
td:last-child { text-align: right; font-variant-numeric: tabular-nums; }
`;

/** A page in one file, without scripts, that loads nothing from the network; light or dark as its reader's system. */
export function htmlPage({ title, subtitle, sections, style }: PageContent): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}${style.trimStart()}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p class="subtitle">${escapeHtml(subtitle)}</p>
${sections.filter((section) => section !== '').join('\n')}
</body>
</html>
`;
}
