import { meanOfHeads, type PromptStudy } from '@ramble/core/study';
import stringWidth from 'string-width';

import { fitText, formatTable } from '../../../format/format-table.js';

/** Maximum width of a line. */
const WIDTH = 80;
/** Number of shown tokens, from the end. */
const SHOWN = 32;
const WORD = 16;
/** Number of heads in a table. */
const HEADS = 12;

/** Shading characters, each with the minimum weight for it; smaller weights are shown as `FAINT`. */
const SHADES = [
  { from: 0.4, shade: '█' },
  { from: 0.15, shade: '▓' },
  { from: 0.05, shade: '▒' },
  { from: 0.02, shade: '░' },
];
const FAINT = '·';

/** Shows the attention of the last token, by head of one layer and by layer, as shaded text and numbers. */
export function attentionLines({
  tokens,
  attention,
  scoreTable: { layer },
}: PromptStudy): string[] {
  const position = tokens.length - 1;
  const first = Math.max(0, tokens.length - SHOWN);
  const words = tokens.slice(first).map(({ word }) => fitText(word, WORD));
  const heads = attention[layer].map((rows) => rows[position].subarray(first));
  const layers = attention.map((each) => meanOfHeads(each, position).subarray(first));
  const note = first > 0 ? [`The last ${SHOWN} of ${tokens.length} tokens.`] : [];
  return [
    ...note,
    `· below 2 %  ░ from 2 %  ▒ from 5 %  ▓ from 15 %  █ from 40 %`,
    '',
    ...shadedSentence(
      words,
      heads.map((weights, head) => ({ title: `head ${head}`, weights })),
    ),
    '',
    `The same in %, by head of layer ${layer}:`,
    ...headTables(words, heads),
    '',
    'Mean of the heads, by layer:',
    ...shadedSentence(
      words,
      layers.map((weights, index) => ({ title: `layer ${index}`, weights })),
    ),
  ];
}

interface ShadedRow {
  readonly title: string;
  /** Weight of each word. */
  readonly weights: Float32Array;
}

/** Formats words with a row of shades for each head under them, in as many lines as the words need. */
function shadedSentence(words: readonly string[], rows: readonly ShadedRow[]): string[] {
  const label = Math.max(...rows.map(({ title }) => title.length)) + 2;
  const lines: string[] = [];
  for (let start = 0; start < words.length;) {
    let [end, width] = [start, label];
    while (end < words.length && (end === start || width + stringWidth(words[end]) <= WIDTH)) {
      width += stringWidth(words[end++]) + 1;
    }
    const part = words.slice(start, end);
    if (start > 0) lines.push('');
    lines.push(' '.repeat(label) + part.join(' '));
    for (const { title, weights } of rows) {
      const shades = part.map((word, i) =>
        shadeOf(weights[start + i]).repeat(Math.max(1, stringWidth(word))),
      );
      lines.push(title.padEnd(label) + shades.join(' '));
    }
    start = end;
  }
  return lines;
}

function shadeOf(weight: number): string {
  return SHADES.find(({ from }) => weight >= from)?.shade ?? FAINT;
}

/** Formats tables with a row for each word and a column for each head; many heads take several tables. */
function headTables(words: readonly string[], heads: readonly Float32Array[]): string[] {
  const lines: string[] = [];
  for (let start = 0; start < heads.length; start += HEADS) {
    const part = heads.slice(start, start + HEADS);
    if (start > 0) lines.push('');
    const heading = ['', ...part.map((_, i) => `${start + i}`)];
    const rows = words.map((word, i) => {
      return [word, ...part.map((weights) => (100 * weights[i]).toFixed(0))];
    });
    lines.push(...formatTable([heading, ...rows], 'lr'));
  }
  return lines;
}
