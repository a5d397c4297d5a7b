import type { Circuits, HeadScores } from '@ramble/core/study';
import type { JSX } from 'preact';

import { formatFixed, shaded, Table } from './tables.js';

/** Numbers about the parts of a model: a row for each layer. */
interface LayerTable {
  readonly title: string;
  /** Headings of the columns. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly number[])[];
  /** Value that is not shaded; other values are shaded by their difference from it. 0 by default. */
  readonly centre?: number;
  /** Distance from the centre that has the strongest shade; by default the largest in the table. */
  readonly max?: number;
  /** Number of leading columns that belong to attention heads of the layer; 0 by default. */
  readonly heads?: number;
}

/** One kind of measurement of the parts of a model. */
export interface CircuitSection {
  readonly title: string;
  /** Sentences above the tables. */
  readonly facts: readonly string[];
  readonly tables: readonly LayerTable[];
}

/** Measurements of the parts of a model (`Circuits`), with words of tokens instead of their ids. */
export interface ShownCircuits extends Omit<Circuits, 'answer' | 'other'> {
  readonly answer?: { readonly word: string };
  readonly other?: { readonly word: string };
}

/** Names of columns, and of the tokens of the prompt. */
interface Names {
  /** Words of the prompt's tokens. */
  readonly words: readonly string[];
  /** Number of the first head: 0 in the library and the command, 1 on the page. */
  readonly first: number;
}

/** Returns measurements of the parts of a model as sentences and tables, a section for each kind. */
export function circuitSections(circuits: ShownCircuits, names: Names): CircuitSection[] {
  const { answer, other, ablation, patching, attribution, headScores } = circuits;
  const logit = `the logit of ${answer?.word}${other ? ` minus that of ${other.word}` : ''}`;
  const heads = (matrix: readonly ArrayLike<unknown>[]): string[] =>
    Array.from(matrix[0] ?? [], (_, head) => `head ${head + names.first}`);
  return [
    ...(ablation ? [ablationSection(ablation, logit, heads)] : []),
    ...(patching ? [patchingSection(patching, logit, names.words, heads)] : []),
    ...(attribution ? [attributionSection(attribution, logit, heads)] : []),
    ...(headScores ? [scoresSection(headScores, heads)] : []),
  ];
}

type HeadNames = (matrix: readonly ArrayLike<unknown>[]) => string[];
type Part<Name extends keyof Circuits> = NonNullable<Circuits[Name]>;

function ablationSection(
  { by, measure, heads, attention, mlp }: Part<'ablation'>,
  logit: string,
  names: HeadNames,
): CircuitSection {
  return {
    title: `Ablation (${by}) of a head, attention or MLP: ${logit}`,
    facts: [`With all parts it is ${formatFixed(measure, 3)}.`],
    tables: [
      {
        title: '',
        columns: [...names(heads), 'attention', 'MLP'],
        rows: heads.map((row, layer) => [...row, attention[layer], mlp[layer]]),
        centre: measure,
        heads: heads[0].length,
      },
    ],
  };
}

function patchingSection(
  { clean, corrupted, stream, attention, mlp, heads }: Part<'patching'>,
  logit: string,
  columns: readonly string[],
  names: HeadNames,
): CircuitSection {
  return {
    title: `Patching: ${logit}`,
    facts: [
      `It is ${formatFixed(clean, 3)} after the prompt and ${formatFixed(corrupted, 3)} after the corrupted one.`,
      'A patch of 0 changes nothing, and one of 1 brings the first number back.',
    ],
    tables: [
      { title: 'input of a block, by token', columns, rows: stream },
      { title: 'attention, by token', columns, rows: attention },
      { title: 'MLP, by token', columns, rows: mlp },
      { title: 'heads, at all tokens', columns: names(heads), rows: heads, heads: heads[0].length },
    ],
  };
}

function attributionSection(
  { total, embedding, heads, attentionBias, mlp, finalBias }: Part<'attribution'>,
  logit: string,
  names: HeadNames,
): CircuitSection {
  const [sum, first, last] = [total, embedding, finalBias].map((each) => formatFixed(each, 3));
  return {
    title: `Parts of ${logit}`,
    facts: [
      `It is ${sum}: ${first} from the embeddings, ${last} from the bias of the last norm,`,
      'and from each layer:',
    ],
    tables: [
      {
        title: '',
        columns: [...names(heads), 'bias', 'MLP'],
        rows: heads.map((row, layer) => [...row, attentionBias[layer], mlp[layer]]),
        heads: heads[0].length,
      },
    ],
  };
}

function scoresSection(scores: Part<'headScores'>, names: HeadNames): CircuitSection {
  const table = (title: string, name: keyof HeadScores): LayerTable => ({
    title,
    columns: names(scores),
    rows: scores.map((heads) => heads.map((each) => each[name])),
    max: 1,
    heads: scores[0].length,
  });
  return {
    title: 'Attention of heads to repeated random tokens',
    facts: [],
    tables: [
      table('the previous token', 'previous'),
      table('earlier copies of the token', 'duplicate'),
      table('what followed earlier copies (induction)', 'induction'),
    ],
  };
}

/** A table whose numbers are shaded in two colours: above and below its centre. */
export function LayerNumbers(props: {
  readonly table: LayerTable;
  /** Number that is shown for the first layer, such as 1. */
  readonly first: number;
  /** Returns the address of a page about a head of a layer, both from 0. */
  readonly hrefOf?: (layer: number, head: number) => string;
}): JSX.Element {
  const { table, first, hrefOf } = props;
  const { title, columns, rows, centre = 0, heads = 0 } = table;
  const { max = Math.max(...rows.flat().map((value) => Math.abs(value - centre))) } = table;
  return (
    <Table
      label={title || 'Layers'}
      kind="scores"
      heads={['', ...columns.map((name) => <bdi>{name}</bdi>)]}
    >
      {rows.map((row, layer) => (
        <tr key={layer}>
          <th scope="row">layer {layer + first}</th>
          {row.map((value, column) => {
            const text = formatFixed(value, 2);
            return (
              <td key={column} {...tinted((value - centre) / (max || 1))}>
                {hrefOf && column < heads ? <a href={hrefOf(layer, column)}>{text}</a> : text}
              </td>
            );
          })}
        </tr>
      ))}
    </Table>
  );
}

/** Returns the attributes of an element that shows a number from -1 to 1 by its shade and colour. */
function tinted(share: number): ReturnType<typeof shaded> {
  const { class: name, style } = shaded(Math.abs(share));
  return name === undefined ? {} : { class: share < 0 ? `${name} shaded-below` : name, style };
}
