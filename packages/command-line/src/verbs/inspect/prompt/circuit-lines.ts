import type { NextToken } from '@ramble/core/sampling';
import { circuitSections, formatFixed } from '@ramble/explorer/pictures';
import stringWidth from 'string-width';

import { fitText, formatTable } from '../../../format/format-table.js';
import type { Circuits } from './circuits.js';
import { lensTitle } from './group-steps.js';

/** Maximum width of a token in a table. */
const WORD_WIDTH = 8;

/** Formats measurements of the parts of a model as lines of text. */
export function circuitLines(circuits: Circuits): string[] {
  const words = circuits.words.map((word) => fitText(word, WORD_WIDTH));
  const sections = circuitSections(circuits, { words, first: 0 }).map((section) => ({
    title: section.title,
    lines: [
      ...section.facts,
      ...section.tables.flatMap(({ title, columns, rows }) => [
        ...(title === '' ? [] : ['', `${title}:`]),
        ...layerTable(columns, rows),
      ]),
    ],
  }));
  if (circuits.lens) {
    const title = 'Logit lens: the likeliest token after each token, block after block';
    sections.push({ title, lines: lensTable(words, circuits.lens) });
  }
  return sections.flatMap(({ title, lines }, i) => [
    ...(i > 0 ? [''] : []),
    ...[title, '='.repeat(stringWidth(title))],
    ...lines,
  ]);
}

/** Formats numbers with a row for each layer. */
function layerTable(
  columns: readonly string[],
  rows: readonly (readonly number[])[],
): readonly string[] {
  const lines = rows.map((row, layer) => [
    `layer ${layer}`,
    ...row.map((value) => formatFixed(value, 3)),
  ]);
  return formatTable([['', ...columns], ...lines], 'lr');
}

/**
 * Formats the logit lens as a table: the likeliest next token, with a row for each token of the prompt and a column
 * for each block.
 */
function lensTable(words: readonly string[], lens: readonly (readonly NextToken[])[]): string[] {
  const heads = lens.map((_, blocks) => lensTitle(blocks));
  const rows = words.map((word, t) => [
    word,
    ...lens.map((tokens) => fitText(tokens[t].word, WORD_WIDTH)),
  ]);
  return formatTable([['', ...heads], ...rows], 'l');
}
