import type { PromptStudy } from '@ramble/core/study';

import { fitText, formatTable } from '../../../format/format-table.js';

/** Number of tokens in a table. */
const SHOWN = 8;
const LABEL = 12;
const CELL = 7;

/** The scores of one head as three tables; if the prompt is long, for its last tokens. */
export function scoreLines({ tokens, scoreTable }: PromptStudy): string[] {
  const { scores, masked, weights } = scoreTable;
  const first = Math.max(0, tokens.length - SHOWN);
  const shown = tokens.slice(first).map(({ word }) => word);
  const table = (title: string, rows: readonly Float32Array[]): string[] => [
    '',
    `${title}:`,
    ...formatTable([
      ['', ...shown.map((word) => ({ right: fitText(word, CELL) }))],
      ...shown.map((word, t) => [
        fitText(word, LABEL),
        ...Array.from(rows[first + t].subarray(first), (score) => ({ right: scoreText(score) })),
      ]),
    ]),
  ];
  const note = first > 0 ? [`The last ${SHOWN} of ${tokens.length} tokens.`] : [];
  return [
    'A row for each token that looks, a column for each that it may look at.',
    ...note,
    ...table('scores', scores),
    ...table('masked', masked),
    ...table('softmax', weights),
  ];
}

function scoreText(score: number): string {
  return score === -Infinity ? '-inf' : score.toFixed(2);
}
