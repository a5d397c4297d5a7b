import { escapeHtml } from './escape-html.js';
import type { Figure } from './log-charts.js';

/** What a report shows, in plain text. */
export interface ReportContent {
  readonly title: string;
  /** A line below it. */
  readonly subtitle: string;
  /** The numbers that matter, by what they are. */
  readonly facts: Readonly<Record<string, string>>;
  readonly figures: readonly Figure[];
  readonly samples: readonly { readonly prompt?: string; readonly output: string }[];
  /** Tables of settings, by heading. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --faint: #888; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 920px; margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { margin: 0; font-size: 1.9rem; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem; }
.subtitle { margin: .25rem 0 1.5rem; color: var(--faint); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin: 0; }
.facts div { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; }
dt { color: var(--faint); font-size: .8rem; }
dd { margin: 0; font-size: 1.15rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; }
.legend { margin: 0 0 .25rem; font-size: .85rem; }
.legend span { margin-right: 1.25rem; }
.legend i { display: inline-block; width: 1.5em; height: .2em; margin-right: .4em; vertical-align: middle; }
pre { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.5 ui-monospace, monospace; }
pre b { color: var(--faint); font-weight: 600; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 0 2rem; align-items: start; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding: .75rem 0 .25rem; }
td { border-top: 1px solid var(--line); padding: .2rem .5rem .2rem 0; overflow-wrap: anywhere; vertical-align: top; }
td:last-child { text-align: right; font-variant-numeric: tabular-nums; }
`;

/** A page that shows a training: one file, without scripts, that asks the network for nothing. */
export function reportPage({
  title,
  subtitle,
  facts,
  figures,
  samples,
  settings,
}: ReportContent): string {
  const tables = Object.entries(settings).map(([heading, rows]) => tableOf(heading, rows));
  const sections = [
    ...figures.map(figureSection),
    samples.length > 0 ? `<h2>Samples</h2>\n${samples.map(sampleBlock).join('\n')}` : '',
    `<h2>Settings</h2>\n<div class="tables">\n${tables.join('\n')}\n</div>`,
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p class="subtitle">${escapeHtml(subtitle)}</p>
<dl class="facts">
${Object.entries(facts).map(factOf).join('\n')}
</dl>
${sections.filter((section) => section !== '').join('\n')}
</body>
</html>
`;
}

function factOf([name, value]: [string, string]): string {
  return `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`;
}

function figureSection({ title, svg, lines }: Figure): string {
  const legend = lines
    .map(
      ({ name, colour }) => `<span><i style="background:${colour}"></i>${escapeHtml(name)}</span>`,
    )
    .join('');
  const legendLine = legend === '' ? '' : `<p class="legend">${legend}</p>\n`;
  return `<h2>${escapeHtml(title)}</h2>\n${legendLine}${svg}`;
}

function sampleBlock({ prompt, output }: ReportContent['samples'][number]): string {
  const before = prompt === undefined ? '' : `<b>${escapeHtml(prompt)}</b>\n`;
  return `<pre>${before}${escapeHtml(output)}</pre>`;
}

function tableOf(heading: string, rows: Readonly<Record<string, string>>): string {
  const lines = Object.entries(rows).map(
    ([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table>\n<caption>${escapeHtml(heading)}</caption>\n${lines.join('\n')}\n</table>`;
}
