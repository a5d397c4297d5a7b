import type { ModelConfig } from '@ramble/core';
import type { NextToken } from '@ramble/core/sampling';
import { type MaskEffect, meanOfHeads, type PromptStudy, type StepShape } from '@ramble/core/study';
import { formatFixed } from '@ramble/explorer/pictures';
import stringWidth from 'string-width';

import { formatBytes, formatCount, formatShare } from '../../../format/format-number.js';
import { fitText, formatTable } from '../../../format/format-table.js';
import { groupSteps, lensTitle, namedSteps, stepMeaning, tokensRead } from './group-steps.js';

/** Maximum widths: of a token in a title, of a predicted token, and of a row's and a column's label in a table. */
const [TITLE_WORD, NEXT_WORD, ROW_LABEL, COLUMN_LABEL] = [24, 13, 12, 7];

/** Lines about a model's computation for a prompt. */
export function promptLines(study: PromptStudy, model: Pick<ModelConfig, 'attention'>): string[] {
  const { tokens, attention, scoreTable } = study;
  const { layer, head } = scoreTable;
  const count = `${tokens.length} ${tokens.length === 1 ? 'token' : 'tokens'}`;
  const last = fitText(tokens[tokens.length - 1].word, TITLE_WORD);
  const sections: [string, string[]][] = [
    [`Steps and shapes of ${count}`, shapeLines(study.steps, model)],
    [`Scores of layer ${layer}, head ${head}`, scoreLines(study)],
    [
      `Where the last token, ${last}, looks: layer ${layer} of 0 to ${attention.length - 1}`,
      attentionLines(study),
    ],
    ['The cache, token by token', cacheLines(study)],
    [`What would follow ${last} if the model ended there`, lensLines(study)],
  ];
  if (study.unmasked) sections.push(['Without the mask', unmaskedLines(study, study.unmasked)]);
  return sections.flatMap(([title, lines], i) => [
    ...(i > 0 ? [''] : []),
    title,
    '='.repeat(stringWidth(title)),
    ...lines,
  ]);
}

/** The shape of every step as lines; equal blocks are listed once. */
function shapeLines(steps: readonly StepShape[], model: Pick<ModelConfig, 'attention'>): string[] {
  const rows = groupSteps(steps).flatMap(({ title, steps: some }) => {
    const indent = title === '' ? '' : '  ';
    const inGroup = some.map(({ name, shape }) => {
      return [indent + name, shape.join(' x '), stepMeaning(name, model)];
    });
    return title === '' ? inGroup : [[title, '', ''], ...inGroup];
  });
  return formatTable([['step', 'shape', ''], ...rows]);
}

/** Number of tokens in a table of scores. */
const SCORED = 8;

/** The scores of one head as three tables; if the prompt is long, for its last tokens. */
function scoreLines({ tokens, scoreTable }: PromptStudy): string[] {
  const { scores, masked, weights } = scoreTable;
  const first = Math.max(0, tokens.length - SCORED);
  const shown = tokens.slice(first).map(({ word }) => word);
  const heading = ['', ...shown.map((word) => fitText(word, COLUMN_LABEL))];
  const table = (title: string, values: readonly Float32Array[]): string[] => {
    const rows = shown.map((word, t) => {
      return [
        fitText(word, ROW_LABEL),
        ...Array.from(values[first + t].subarray(first), scoreText),
      ];
    });
    return ['', `${title}:`, ...formatTable([heading, ...rows], 'lr')];
  };
  return [
    'A row for each token that looks, a column for each that it may look at.',
    ...(first > 0 ? [`The last ${SCORED} of ${tokens.length} tokens.`] : []),
    ...table('scores', scores),
    ...table('masked', masked),
    ...table('softmax', weights),
  ];
}

function scoreText(score: number): string {
  return score === -Infinity ? '-inf' : formatFixed(score, 2);
}

/** Number of decoding steps that are shown from each end of a long prompt. */
const ENDS = 6;

/** Contents of the cache after each token, as lines. */
function cacheLines(study: PromptStudy): string[] {
  const rows = namedSteps(study).map(({ name, read, reused, held, sizeBytes }) => {
    const label = fitText(name, TITLE_WORD);
    return [label, `${read}`, `${reused}`, `${held}`, formatBytes(sizeBytes)];
  });
  const isLong = rows.length > 2 * ENDS + 1;
  const shown = isLong ? [...rows.slice(0, ENDS), ['…'], ...rows.slice(-ENDS)] : rows;
  const { withCache, without } = tokensRead(study);
  return [
    ...formatTable([['', 'read', 'reused', 'held', 'size'], ...shown], 'lr'),
    `Read ${formatCount(withCache)} times a token; without the cache ${formatCount(without)} times.`,
  ];
}

/** Number of shown tokens in a line of the lens. */
const PREDICTED = 3;

/** Formats the logit lens as lines: the predictions after each block. */
function lensLines({ lens }: PromptStudy): string[] {
  const rows = lens.map(({ blocks, tokens }) => [
    lensTitle(blocks),
    ...tokens.slice(0, PREDICTED).flatMap(predicted),
  ]);
  return formatTable(rows, 'llrlrlr');
}

function predicted({ word, probability }: NextToken): string[] {
  return [fitText(word, NEXT_WORD), formatShare(probability)];
}

/**
 * Formats the effect of the mask on each token as lines: the fraction of attention to later tokens without the mask,
 * and the predicted next token with and without the mask.
 */
function unmaskedLines({ tokens }: PromptStudy, { tokens: effects }: MaskEffect): string[] {
  const rows = effects.map(({ ahead, masked, unmasked }, t) => {
    const label = fitText(tokens[t].word, NEXT_WORD);
    return [label, formatShare(ahead), ...predicted(masked), ...predicted(unmasked)];
  });
  return [
    'Every token sees all of the prompt, as in BERT: how much of its attention goes',
    'to later tokens, and what it says follows, with the mask and without.',
    ...formatTable([['', 'ahead', 'masked', '', 'unmasked', ''], ...rows], 'lrlrlr'),
    'It learned without seeing later tokens, so it knows no use for them; and no',
    'text can be written so, as what comes later is not there yet.',
  ];
}

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
  /** Attention weight of each word, 0 to 1. */
  readonly weights: Float32Array;
}

/**
 * Formats words, in as many lines as they need, with rows of shading characters under them: one for each head or
 * layer.
 */
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

/**
 * Formats tables of attention weights in percent, with a row for each word and a column for each head. More than
 * `HEADS` heads take more than one table.
 */
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
