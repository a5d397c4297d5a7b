import { escapeHtml } from '@ramble/core/files';

import { factList } from '../../report/settings-table.js';
import { htmlPage } from '../../report/html-page.js';
import { CHART_COLOURS } from '../../report/palette.js';
import { CHART_STYLE, drawnTwice } from '../../report/responsive-chart.js';
import { comparisonChart } from './comparison-chart.js';
import { type ComparedStatistic, type Comparison, compared, formatNumber } from './comparison.js';

/** Contents of an evaluation's page. */
export interface EvaluationPage {
  /** Plain text, as is the line below it. */
  readonly title: string;
  readonly subtitle: string;
  /** The numbers that matter, by what they are. */
  readonly facts: Readonly<Record<string, string>>;
  readonly comparison: Comparison;
}

const STYLE = `
.legend span { margin-right: 1.5rem; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .4em; }
th { text-align: right; font-weight: 600; } th:first-child { text-align: left; }
td { text-align: right; } td:first-child { text-align: left; }
.legend .data { background: ${CHART_COLOURS.faint}; opacity: .6; }
.legend .spread { background: ${CHART_COLOURS.first}; width: .15em; }
.legend .samples { background: ${CHART_COLOURS.second}; border-radius: 50%; }
`;

const LEGEND = `<p class="legend"><span><i class="samples"></i>samples</span><span><i class="data"></i>data</span><span><i class="spread"></i>what nine of ten outputs of the data have</span></p>`;

/** A page of how samples compare with the data: a table of numbers, and a chart for each that has several. */
export function evaluationPage({ title, subtitle, facts, comparison }: EvaluationPage): string {
  const statistics = compared(comparison);
  const charts = statistics.filter(({ kind }) => kind !== 'value');
  return htmlPage({
    title,
    subtitle,
    sections: [
      factList(facts),
      '<h2>Samples beside the data</h2>',
      valuesTable(statistics.filter(({ kind }) => kind === 'value')),
      LEGEND,
      ...charts.map(chartSection),
    ],
    style: STYLE + CHART_STYLE,
  });
}

function valuesTable(statistics: readonly ComparedStatistic[]): string {
  const rows = statistics.map(({ name, kind, numbers: [{ samples, data, low, high }] }) => {
    const numbers = [samples, data, low, high].map((number) => formatNumber(number, kind));
    return row('td', [name, ...numbers]);
  });
  const head = row('th', ['', 'samples', 'data', 'a twentieth has less', 'a twentieth has more']);
  return `<table>\n${[head, ...rows].join('\n')}\n</table>`;
}

function row(tag: 'td' | 'th', cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
}

function chartSection(statistic: ComparedStatistic): string {
  const chart = drawnTwice((size) => comparisonChart(statistic, size));
  return `<h3>${escapeHtml(statistic.name)}</h3>\n${chart}`;
}
