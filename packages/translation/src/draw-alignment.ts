import type { PromptAttention } from '@ramble/core/study';
import { escapeHtml } from '@ramble/core/files';

/** Pixels. */
const CELL = 24;
const LETTER = 7.5;
const HEADING = 34;
const MARGIN = 16;
const COLOUR = '#4269d0';

/** A token of the output and how much what chose it looks at each token of the source. */
interface AlignmentRow {
  readonly word: string;
  /** A share of 1 a token of the source; what goes elsewhere is missing. */
  readonly weights: readonly number[];
}

/**
 * Draws the attention of a translation as grids in SVG: a row for each of its tokens, a column for
 * each source token, darker for a larger weight at the time when the token was chosen. The mean of
 * all layers comes first, then every layer, each the mean of its heads.
 *
 * @param study - Of a source, its tag, and the translation that was forced after it, if any: the last
 *   row is of the token that would come next.
 * @param title - Plain text.
 * @throws RangeError for a prompt without a tag.
 * @see Bahdanau et al. 2015, figure 3, https://arxiv.org/abs/1409.0473
 */
export function drawAlignment({ tokens, attention }: PromptAttention, title: string): string {
  const tag = tokens.findIndex(({ word }) => /^<2.+>$/.test(word));
  if (tag < 0)
    throw new RangeError('prompt: expected a tag such as <2fr> after a source, got none');
  const words = tokens.map(({ word }) => wordText(word));
  const source = words.slice(0, tag);
  const outputs = [...words.slice(tag + 1), '…'];
  const layers = attention.map((heads) => alignmentOf(heads, tag, outputs));
  const mean = outputs.map((word, row) => ({
    word,
    weights: source.map((_, i) => average(layers.map((rows) => rows[row].weights[i]))),
  }));
  const grids = [mean, ...layers].map((rows, i) => ({
    name: i === 0 ? 'mean of all layers' : `layer ${i - 1}`,
    rows,
  }));

  const left = MARGIN + LETTER * longest(outputs);
  const top = HEADING + LETTER * longest(source) * Math.SQRT1_2 + MARGIN;
  const height = top + CELL * outputs.length + MARGIN;
  const width = left + CELL * source.length + MARGIN + LETTER * longest(source) * Math.SQRT1_2;
  const drawn = grids.map(({ name, rows }, i) => {
    const place = `translate(0 ${i * height})`;
    return `<g transform="${place}">${drawGrid(name, source, rows, { left, top })}</g>`;
  });
  const size = `${Math.ceil(width)} ${Math.ceil(height * grids.length)}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}" width="${Math.ceil(width)}" font-family="ui-monospace, monospace" font-size="12">
<title>${escapeHtml(title)}: alignment</title>
<rect width="100%" height="100%" fill="white"/>
${drawn.join('\n')}
</svg>
`;
}

/**
 * The alignment of each output token, from the attention one position before it: the tag chose the
 * first.
 */
function alignmentOf(
  heads: PromptAttention['attention'][number],
  tag: number,
  outputs: readonly string[],
): AlignmentRow[] {
  return outputs.map((word, n) => ({
    word,
    weights: Array.from({ length: tag }, (_, i) => average(heads.map((rows) => rows[tag + n][i]))),
  }));
}

function drawGrid(
  name: string,
  source: readonly string[],
  rows: readonly AlignmentRow[],
  { left, top }: { readonly left: number; readonly top: number },
): string {
  const heading = `<text x="${MARGIN}" y="${MARGIN + 4}" font-weight="bold">${name}</text>`;
  const columns = source.map((word, i) => {
    const [x, y] = [left + CELL * (i + 0.6), top - 6];
    return `<text transform="translate(${round(x)} ${round(y)}) rotate(-45)">${escapeHtml(word)}</text>`;
  });
  const lines = rows.map(({ word, weights }, row) => {
    const y = top + CELL * row;
    const label = `<text x="${round(left - 6)}" y="${round(y + CELL * 0.66)}" text-anchor="end">${escapeHtml(word)}</text>`;
    const cells = weights.map((weight, i) => {
      const place = `x="${round(left + CELL * i)}" y="${round(y)}" width="${CELL}" height="${CELL}"`;
      const tip = escapeHtml(`${word} ← ${source[i]}: ${(100 * weight).toFixed(1)} %`);
      return `<rect ${place} fill="${COLOUR}" fill-opacity="${weight.toFixed(3)}" stroke="#ddd"><title>${tip}</title></rect>`;
    });
    return label + cells.join('');
  });
  return [heading, ...columns, ...lines].join('\n');
}

/** A token as text, without the quotes that describe it, spaces visible. */
function wordText(word: string): string {
  const text = /^"(.*)"$/s.exec(word)?.[1] ?? word;
  return text.replaceAll(' ', '␣');
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function longest(words: readonly string[]): number {
  return Math.max(1, ...words.map(({ length }) => length));
}

function round(pixels: number): string {
  return pixels.toFixed(1);
}
