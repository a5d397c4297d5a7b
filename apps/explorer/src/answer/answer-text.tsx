import type { PageToken, Rows, ScoreAnswer } from '@ramble/explorer';
import { Table } from '@ramble/explorer/pictures';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { formatValue } from '../state/format.js';
import { useAnswer } from '../state/session.js';
import { tokenTexts } from '../write/output-text.js';
import type { Output } from '../write/output.js';
import type { Writing } from '../write/writing.js';

/** Shows the prompt, shaded by the answer's attention to it, and below it the text of the answer. */
export function AnswerText(props: {
  readonly writing: Writing;
  readonly output: Output;
  readonly place: number;
  readonly text: string;
}): JSX.Element {
  const { writing, output, place, text } = props;
  const { tokens } = writing.encoded.value ?? {};
  const prompt = writing.promptOf(place);
  const isReady = prompt && !writing.isWriting.value && output.text.length.value > 0;
  const sources = useAnswer(
    'sources',
    isReady ? { model: writing.model.id, prompt, output: output.ids } : undefined,
  )?.answer.weights;
  const chosen = writing.chosen.value;
  return (
    <div class="answer">
      {sources && tokens && (
        <SourceText
          tokens={tokens}
          weights={sources}
          row={chosen?.output === place ? chosen.index : undefined}
        />
      )}
      <p class="answer-text" dir="auto">
        {text}
      </p>
    </div>
  );
}

/** A table of scores, with a row for each output. */
export function ScoreTable({ answers }: { readonly answers: readonly ScoreAnswer[] }): JSX.Element {
  const scores = answers[0]?.scores ?? [];
  return (
    <Table
      label="Scores"
      heads={[
        'Output',
        ...scores.map(({ name, signature }) => ({ number: name, title: signature })),
      ]}
    >
      {answers.map((answer, i) => (
        <tr key={i}>
          <th scope="row">{i + 1}</th>
          {answer.scores.map(({ name, score }) => (
            <td key={name} class="number">
              {formatValue(score)}
            </td>
          ))}
        </tr>
      ))}
    </Table>
  );
}

/** The prompt, shaded by the attention of one output token, or by the mean attention of all. */
function SourceText(props: {
  readonly tokens: readonly PageToken[];
  readonly weights: Rows;
  /** Index of the output token whose attention is shown; `undefined` for the mean. */
  readonly row: number | undefined;
}): JSX.Element {
  const { tokens, weights, row } = props;
  const texts = useMemo(() => tokenTexts(tokens), [tokens]);
  const chosen = row === undefined ? undefined : weights[row];
  const shown = chosen ?? meanOf(weights, tokens.length);
  const largest = Math.max(...shown.map((weight) => weight ?? 0), 1e-9);
  return (
    <figure class="source">
      <p class="source-text" dir="auto">
        {texts.map((text, i) => (
          <span
            key={i}
            class="source-token"
            style={{ '--weight': ((shown[i] ?? 0) / largest).toFixed(3) }}
          >
            {text}
          </span>
        ))}
      </p>
      <figcaption>
        {chosen
          ? 'Source tokens that this token attended to'
          : 'Source tokens that the output attended to; point at one of its tokens'}
      </figcaption>
    </figure>
  );
}

function meanOf(weights: Rows, length: number): number[] {
  return Array.from(
    { length },
    (_, i) => weights.reduce((sum, row) => sum + (row[i] ?? 0), 0) / Math.max(1, weights.length),
  );
}
