import { comparisonPage, type PageHead } from '@ramble/explorer/pages';

import { compared, type Comparison, formatNumber } from './comparison.js';

/** Returns a page that compares samples with the data: a table of single numbers, and charts of the others. */
export function evaluationPage(head: PageHead, comparison: Comparison): string {
  const statistics = compared(comparison);
  const single = statistics.filter(({ kind }) => kind === 'value');
  const several = statistics.filter(({ kind }) => kind !== 'value');
  return comparisonPage({
    ...head,
    values: single.map(({ name, kind, numbers: [{ samples, data, low, high }] }) => [
      name,
      ...[samples, data, low, high].map((number) => formatNumber(number, kind)),
    ]),
    charts: several.map(({ kind, ...chart }) => ({ ...chart, areShares: kind === 'shares' })),
  });
}
