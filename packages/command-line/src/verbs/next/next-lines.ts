import type { NextToken } from '@ramble/core';

import { formatTable } from '../../format/format-table.js';

/** Width of the bar of a token that is certain. */
const BAR = 24;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** The likeliest next tokens as lines: a heading, then one a token, the likeliest first. */
export function nextLines(tokens: readonly NextToken[]): string[] {
  return formatTable([
    [{ right: 'probability' }, { right: 'logit' }, { right: 'id' }, 'token'],
    ...tokens.map(({ token, word, probability, logit }) => [
      { right: percent(probability) },
      { right: logit.toFixed(3) },
      { right: `${token}` },
      word,
    ]),
  ]);
}

/** What someone who explores sees. */
export interface Choice {
  /** What the tokens so far say. */
  readonly text: string;
  readonly next: readonly NextToken[];
  /** Index of the token that Enter appends. */
  readonly picked: number;
  /** A line on what it cost. */
  readonly note: string;
}

/** Characters of a long text that are shown. */
const SHOWN = 600;

/** A choice as a screen: the text so far, the tokens that may follow, and the keys. */
export function choiceScreen({ text, next, picked, note }: Choice): string {
  const shown = text.length > SHOWN ? `…${text.slice(-SHOWN)}` : text;
  const rows = formatTable(
    next.map(({ token, word, probability, logit }, i) => [
      i === picked ? '❯' : ' ',
      { right: percent(probability) },
      bar(probability),
      { right: `${token}` },
      { right: logit.toFixed(3) },
      word,
    ]),
  );
  const keys = '↑ ↓ pick · Enter appends · Backspace takes back · q leaves';
  return [`${shown}▏`, '', ...rows, '', keys, note].join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function bar(share: number): string {
  const eighths = Math.round(8 * BAR * share);
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}
