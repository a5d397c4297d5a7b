import type { EndsAnswer, VectorView } from '@ramble/explorer';
import { Table } from '@ramble/explorer/pictures';
import { type ComponentChildren, Fragment, type JSX } from 'preact';

import { formatProbability, formatValue } from '../state/format.js';
import { useAnswer } from '../state/session.js';
import type { Subject } from './cache-part.js';
import { type BlockPlace, HeadTable } from './head-table.js';
import { Strip } from './picture.js';

const ARTICLE = 'https://jalammar.github.io/illustrated-gpt2/';

/**
 * One step of the model: its name, a description, a chapter of The Illustrated GPT-2 that explains it, and its
 * result.
 */
function Step(props: {
  /** Name of the step in the library, and in the tab Shapes of Look inside. */
  readonly name: string;
  readonly title: string;
  readonly chapter?: string;
  readonly text?: ComponentChildren;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { name, title, chapter, text, children } = props;
  return (
    <li class="block-step" data-step={name}>
      <div class="block-step-head">
        <h4>{title}</h4>
        <code>{name}</code>
        {chapter !== undefined && <Chapter name={chapter} />}
      </div>
      {text !== undefined && <p class="hint">{text}</p>}
      {children}
    </li>
  );
}

/** A link to the article The Illustrated GPT-2, with the name of the chapter that explains a part. */
export function Chapter({ name }: { readonly name: string }): JSX.Element {
  return (
    <a class="chapter" href={ARTICLE} target="_blank" rel="noreferrer">
      In the article: {name}
    </a>
  );
}

/** The steps of one block for one token, with the token's vector after each. */
export function BlockSteps({ subject, layer, position }: BlockPlace): JSX.Element {
  const { model, prompt } = subject;
  const answered = useAnswer('block', { model: model.id, prompt, layer, position });
  if (!answered) return <p class="waiting">Computing the block …</p>;
  const { question, answer } = answered;
  const steps = answer.vectors.filter(({ step }) => !PARTS_OF_QKV.includes(step));
  return (
    <ol class="block-steps" data-place={`${question.layer} ${question.position}`}>
      {steps.map((vector) => (
        <Fragment key={vector.step}>
          {vector.step === 'attention.merged' && (
            <Step
              name="attention.scores"
              title="Scores, mask, softmax and the weighted sum"
              chapter="Masked self-attention"
              text="The query meets the key of each token, one head at a time."
            >
              <HeadTable {...{ subject, layer, position }} />
            </Step>
          )}
          <VectorStep subject={subject} vector={vector} />
        </Fragment>
      ))}
    </ol>
  );
}

/** Steps that are not shown, because their vectors are parts of the preceding step's vector. */
const PARTS_OF_QKV: readonly string[] = ['attention.query', 'attention.key', 'attention.value'];

const JOURNEY = 'A journey up the stack';
const BLOCK = 'The decoder-only block';
const HEADS = 'Splitting into heads, merging, projecting';
const WIDE = 'The fully connected network';

/** Title, description and chapter of each step. */
const STEPS: Readonly<Record<string, readonly [string, string, string]>> = {
  stream: ['Input', 'The residual stream, as the embedding and earlier blocks left it.', JOURNEY],
  positionEmbedding: ['Position', 'The row of the position table of this block.', 'Input encoding'],
  input: ['Stream plus position', 'Both vectors are added.', 'Input encoding'],
  norm1: ['Norm', 'The vector in a standard size, times learned gains.', BLOCK],
  'attention.qkv': [
    'Query, key and value',
    'Three vectors from one matrix. Each row of cells is a head.',
    'Self-attention: query, key, value',
  ],
  'attention.qkvNormed': ['Norm of query and key', 'Each query and key in a standard size.', BLOCK],
  'attention.qkvTurned': [
    'Rotation by position',
    "Llama's positions (RoPE): query and key turn by angles that grow with the position.",
    'Input encoding',
  ],
  'attention.merged': ['Heads merged', 'The sums of all heads, one row of cells each.', HEADS],
  'attention.proj': ['Projection', 'A matrix mixes the heads.', HEADS],
  norm1Out: ['Norm of the result', 'The result in a standard size, times learned gains.', BLOCK],
  'attention.residual': ['Residual', 'The stream plus the result of attention.', BLOCK],
  norm2: ['Norm', 'The vector in a standard size, times learned gains.', BLOCK],
  'mlp.up': ['Wide layer', 'A matrix makes the vector wider.', WIDE],
  'mlp.gelu': ['GELU', 'Negative numbers become almost zero.', WIDE],
  'mlp.gated': ['Gate', "Llama's MLP: one half, through an activation, times the other.", WIDE],
  'mlp.down': ['Projection', 'A matrix makes the vector as wide as the stream again.', WIDE],
  norm2Out: ['Norm of the result', 'The result in a standard size, times learned gains.', BLOCK],
  'mlp.residual': ['Residual', 'The stream plus the result of the MLP: the output.', JOURNEY],
};

function VectorStep(props: {
  readonly subject: Subject;
  readonly vector: VectorView;
}): JSX.Element {
  const { subject, vector } = props;
  const [title, text, chapter] = STEPS[vector.step] ?? [vector.step, '', BLOCK];
  return (
    <Step name={vector.step} {...{ title, text, chapter }}>
      <div class="strips">
        {stripsOf(subject, vector).map((strip) => (
          <Strip key={strip.label} {...strip} />
        ))}
      </div>
    </Step>
  );
}

/**
 * Splits the vector of a step into the parts that are drawn, each with a label. In steps of attention, each row of
 * cells (`columns`) is a head.
 */
function stripsOf(
  { model: { config } }: Subject,
  { step, values }: VectorView,
): readonly { label: string; values: readonly number[]; columns?: number }[] {
  const { nHead, nKvHead, headDim, mlp } = config;
  const columns = headDim;
  if (step.startsWith('attention.qkv')) {
    const [keys, end] = [nHead * headDim, (nHead + nKvHead) * headDim];
    const value = { label: 'value', values: values.slice(end), columns };
    return [
      { label: 'query', values: values.slice(0, keys), columns },
      { label: 'key', values: values.slice(keys, end), columns },
      ...(step === 'attention.qkv' ? [value] : []), // other steps leave the value as it is
    ];
  }
  if (step === 'attention.merged') return [{ label: 'heads', values, columns }];
  if (step === 'mlp.up' && mlp !== 'gelu') {
    const half = values.length / 2;
    return [
      { label: 'gate', values: values.slice(0, half) },
      { label: 'gated numbers', values: values.slice(half) },
    ];
  }
  return [{ label: 'vector', values }];
}

/** Number of rows of the output projection that are shown. */
const OUTPUT_ROWS = 10;

/** The steps before the first block, or after the last one. */
export function EndSteps(props: {
  readonly subject: Subject;
  readonly position: number;
  readonly at: string;
}): JSX.Element {
  const { subject, position, at } = props;
  const { model, prompt } = subject;
  const question = { model: model.id, prompt, position, count: OUTPUT_ROWS };
  const answered = useAnswer('ends', question);
  if (!answered) return <p class="waiting">Computing the vectors …</p>;
  const { embedding, output, rows } = answered.answer;
  const isOutput = at === 'output';
  return (
    <ol class="block-steps" data-place={`${at} ${answered.question.position}`}>
      {(isOutput ? output : embedding).map(({ step, values }) => (
        <Step key={step} name={step} {...END_STEPS[step as keyof typeof END_STEPS]}>
          <Strip label="vector" values={values} />
        </Step>
      ))}
      {isOutput && <OutputRows rows={rows} isTied={model.config.tiedHead} />}
    </ol>
  );
}

const INPUT = 'Input encoding';
const END_STEPS = {
  tokenEmbedding: { title: 'Token', text: 'The row of the embedding table.', chapter: INPUT },
  positionEmbedding: { title: 'Position', text: 'The row of the position table.', chapter: INPUT },
  input: { title: 'Sum', text: 'Both rows added: the input of the first block.', chapter: INPUT },
  output: {
    title: 'Output of the last block',
    text: 'The residual stream at its end.',
    chapter: 'A journey up the stack',
  },
  finalNorm: {
    title: 'Norm',
    text: 'The vector in a standard size, times learned gains.',
    chapter: 'Model output',
  },
} as const;

/** The rows of the output projection whose products with the vector are largest. */
function OutputRows(props: {
  readonly rows: EndsAnswer['rows'];
  readonly isTied: boolean;
}): JSX.Element {
  const { rows, isTied } = props;
  return (
    <Step
      name="logits"
      title="The vector times each row of the table"
      chapter="Model output"
      text={`The product with a row of the ${
        isTied ? 'embedding table' : 'output matrix'
      } is the logit of its token. The ${rows.length} largest:`}
    >
      <Table
        label="Rows with the largest logits"
        kind="key-table"
        heads={['Token', { number: 'Logit' }, { number: 'Probability' }, 'Row']}
      >
        {rows.map(({ id, word, row, logit, probability }) => (
          <tr key={id}>
            <th scope="row" dir="auto">
              {word}
            </th>
            <td class="number">{formatValue(logit)}</td>
            <td class="number">{formatProbability(probability)}</td>
            <td class="output-cells">
              <Strip label={`row of ${word}`} values={row} />
            </td>
          </tr>
        ))}
      </Table>
    </Step>
  );
}
