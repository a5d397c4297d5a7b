import { escapeHtml } from '@ramble/core/files';

import { factList, type SettingGroup, settingsTable } from './settings-table.js';
import { htmlPage } from './html-page.js';
import type { Figure } from './log-charts.js';
import { CHART_STYLE } from './responsive-chart.js';
import { SHADE_STYLE, shadeClass } from './palette.js';

/** A word and how strong it is shown, 0 to 1. */
export interface ShadedWord {
  readonly word: string;
  readonly share: number;
}

/** An output after its prompt, and the text that it is compared with. */
export interface ReportSample {
  readonly prompt?: string;
  /** The words of the prompt that were read, and how much the output looked at each. */
  readonly source?: readonly ShadedWord[];
  readonly output: string;
  readonly reference?: string;
}

/** A file of data, or a folder. */
interface ReportedFile {
  readonly path: string;
  readonly sha256: string;
}

/** The content of a report, in plain text. */
export interface ReportContent {
  readonly title: string;
  /** A line below it. */
  readonly subtitle: string;
  /** The numbers that matter, by what they are. */
  readonly facts: Readonly<Record<string, string>>;
  readonly figures: readonly Figure[];
  readonly samples: readonly ReportSample[];
  /** Tables of settings, by heading. */
  readonly settings: Readonly<Record<string, SettingGroup>>;
  /** Files that were learned from, by what they are: `source`. */
  readonly data?: Readonly<Record<string, ReportedFile>>;
}

const STYLE = `
.legend { margin: 0 0 .25rem; font-size: .85rem; }
.legend span { margin-right: 1.25rem; }
.legend i { display: inline-block; width: 1.5em; height: .2em; margin-right: .4em; vertical-align: middle; }
pre { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.5 ui-monospace, monospace; }
pre b { color: var(--faint); font-weight: 600; }
pre b span { color: var(--text); font-weight: 400; border-radius: .2rem; }
pre i::before { content: 'reference: '; color: var(--faint); }
.data dd { margin: 0 0 .75rem; font-size: .9rem; }
.data small { display: block; color: var(--faint); font-family: ui-monospace, monospace; }
`;

/** A page that shows a training: one file, without scripts, that loads nothing from the network. */
export function reportPage({
  title,
  subtitle,
  facts,
  figures,
  samples,
  settings,
  data = {},
}: ReportContent): string {
  const tables = Object.entries(settings).map(([heading, rows]) => settingsTable(heading, rows));
  return htmlPage({
    title,
    subtitle,
    sections: [
      factList(facts),
      ...figures.map(figureSection),
      samples.length > 0 ? `<h2>Samples</h2>\n${samples.map(sampleBlock).join('\n')}` : '',
      dataSection(data),
      `<h2>Settings</h2>\n<div class="tables">\n${tables.join('\n')}\n</div>`,
    ],
    style: STYLE + CHART_STYLE + SHADE_STYLE,
  });
}

function figureSection({ title, chart, lines }: Figure): string {
  const legend = lines
    .map(
      ({ name, colour }) => `<span><i style="background:${colour}"></i>${escapeHtml(name)}</span>`,
    )
    .join('');
  const legendLine = legend === '' ? '' : `<p class="legend">${legend}</p>\n`;
  return `<h2>${escapeHtml(title)}</h2>\n${legendLine}${chart}`;
}

/** Paths may be long: each has the whole width, below its name. */
function dataSection(data: Readonly<Record<string, ReportedFile>>): string {
  const files = Object.entries(data).map(
    ([name, { path, sha256 }]) =>
      `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(path)} <small>sha256 ${escapeHtml(sha256)}</small></dd>`,
  );
  return files.length === 0 ? '' : `<h2>Data</h2>\n<dl class="data">\n${files.join('\n')}\n</dl>`;
}

function sampleBlock({ prompt, source, output, reference }: ReportSample): string {
  const words = source?.map(
    ({ word, share }) => `<span${shadeClass(share)}>${escapeHtml(word)}</span>`,
  );
  const asked = words?.join('') ?? (prompt === undefined ? undefined : escapeHtml(prompt));
  const before = asked === undefined ? '' : `<b>${asked}</b>\n`;
  const beside = reference === undefined ? '' : `\n<i>${escapeHtml(reference)}</i>`;
  return `<pre>${before}${escapeHtml(output)}${beside}</pre>`;
}
