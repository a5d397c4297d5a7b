import type { HeadScores } from '@ramble/core/study';
import stringWidth from 'string-width';

import { fitText, formatTable } from '../../../format/format-table.js';
import type { Circuits } from './circuits.js';

/** Maximum width of a token above a column. */
const WORD_WIDTH = 8;

type Matrix = readonly (readonly number[])[];

/** Lines about the parts of a model that were measured. */
export function circuitLines(circuits: Circuits): string[] {
  const { answer, other, ablation, patching, attribution, headScores } = circuits;
  const logit = `the logit of ${answer?.word}${other ? ` minus that of ${other.word}` : ''}`;
  const sections: [title: string, lines: string[]][] = [];
  if (ablation) {
    const { by, measure, heads, attention, mlp } = ablation;
    const rows = heads.map((row, layer) => [...row, attention[layer], mlp[layer]]);
    sections.push([
      `Ablation (${by}) of a head, attention or MLP: ${logit}`,
      [
        `With all parts it is ${measure.toFixed(3)}.`,
        ...table('', [...headNames(heads), 'attention', 'MLP'], rows),
      ],
    ]);
  }
  if (patching) sections.push(patchingSection(circuits.words, logit, patching));
  if (attribution) {
    const { total, embedding, heads, attentionBias, mlp, finalBias } = attribution;
    const rows = heads.map((row, layer) => [...row, attentionBias[layer], mlp[layer]]);
    sections.push([
      `Parts of ${logit}`,
      [
        `${total.toFixed(3)} = ${embedding.toFixed(3)} from the embeddings, ${finalBias.toFixed(3)} from the bias of the last norm, and from each layer:`,
        ...table('', [...headNames(heads), 'bias', 'MLP'], rows),
      ],
    ]);
  }
  if (headScores) {
    const scoresOf = (name: keyof HeadScores): Matrix =>
      headScores.map((heads) => heads.map((scores) => scores[name]));
    const names = headNames(headScores);
    sections.push([
      'Attention of heads to repeated random tokens',
      [
        ...table('the previous token', names, scoresOf('previous')),
        ...table('earlier copies of the token', names, scoresOf('duplicate')),
        ...table('what followed earlier copies (induction)', names, scoresOf('induction')),
      ],
    ]);
  }
  return sections.flatMap(([title, lines], i) => [
    ...(i > 0 ? [''] : []),
    ...[title, '='.repeat(stringWidth(title))],
    ...lines,
  ]);
}

function patchingSection(
  words: readonly string[],
  logit: string,
  { clean, corrupted, stream, attention, mlp, heads }: NonNullable<Circuits['patching']>,
): [title: string, lines: string[]] {
  const positions = words.map((word) => fitText(word, WORD_WIDTH));
  return [
    `Patching: ${logit}`,
    [
      `It is ${clean.toFixed(3)} after the prompt and ${corrupted.toFixed(3)} after the corrupted one. A patch of 0 changes nothing,`,
      'and one of 1 brings the first number back.',
      ...table('input of a block, by token', positions, stream),
      ...table('attention, by token', positions, attention),
      ...table('MLP, by token', positions, mlp),
      ...table('heads, at all tokens', headNames(heads), heads),
    ],
  ];
}

/** Formats a matrix with a row for each layer. */
function table(title: string, columns: readonly string[], rows: Matrix): string[] {
  const lines = rows.map((row, layer) => [
    `layer ${layer}`,
    ...row.map((value) => value.toFixed(3)),
  ]);
  return [
    ...(title === '' ? [] : ['', `${title}:`]),
    ...formatTable([['', ...columns], ...lines], 'lr'),
  ];
}

function headNames([first]: readonly ArrayLike<unknown>[]): string[] {
  return Array.from(first, (_, head) => `head ${head}`);
}
