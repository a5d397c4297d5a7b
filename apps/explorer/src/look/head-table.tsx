import { useSignal } from '@preact/signals';
import type { HeadAnswer, KeyView } from '@ramble/explorer';
import { Table } from '@ramble/explorer/pictures';
import type { JSX } from 'preact';

import { formatProbability, formatValue } from '../state/format.js';
import { useAnswer, useSession } from '../state/session.js';
import type { Subject } from './cache-part.js';
import { headIn } from './heads.js';
import { Cells, Strip } from './picture.js';

/** Maximum number of keys in the table of a head. */
const MAX_KEYS = 12;

/** A token in the prompt of the subject, and a layer. */
export interface BlockPlace {
  readonly subject: Subject;
  readonly layer: number;
  readonly position: number;
}

/** One head for one token: its scores, the mask, the softmax, and the weighted sum of the values. */
export function HeadTable({ subject, layer, position }: BlockPlace): JSX.Element {
  const session = useSession();
  const { model, prompt, study } = subject;
  const { heads, keyValueHeads } = study.layers[layer] ?? { heads: 1, keyValueHeads: 1 };
  const { head = 0 } = headIn(session.place.value.params, subject);
  const question = { model: model.id, prompt, layer, head, position, count: MAX_KEYS };
  const answered = useAnswer('head', question);
  return (
    <>
      <div class="layers" role="group" aria-label="Head">
        <span class="heads-title">Head</span>
        {Array.from({ length: heads }, (_, each) => (
          <button
            key={each}
            type="button"
            class="layer"
            aria-pressed={each === head}
            onClick={() => session.remember({ layer: String(layer), head: String(each) })}
          >
            {each + 1}
          </button>
        ))}
        {keyValueHeads < heads && (
          <span class="hint">{heads / keyValueHeads} heads share keys and values</span>
        )}
      </div>
      {answered && (
        <div data-head={`${answered.question.layer} ${answered.question.head}`}>
          <Strip label="query" values={answered.answer.query} columns={model.config.headDim} />
          <KeyTable subject={subject} layer={layer} answer={answered.answer} />
        </div>
      )}
    </>
  );
}

const HEADS = ['Token', 'Key', { number: 'Score' }, { number: 'Masked' }, { number: 'Weight' }];

/** The keys that a token attends to: a row for each, and the weighted sum of the values. */
function KeyTable(props: {
  readonly subject: Subject;
  readonly layer: number;
  readonly answer: HeadAnswer;
}): JSX.Element {
  const { subject, layer, answer } = props;
  const { keys, rest, seen, hidden, sum } = answer;
  const point = useSignal('');
  const weighted = keys.map(({ value, weight }) => value.map((x) => weight * x));
  const scale = Math.max(...[...weighted, rest.sum, sum].flat().map(Math.abs));
  const cells = (label: string, values: readonly number[]) => ({
    ...{ label, values },
    onPoint: (text: string) => (point.value = text && `${label}, ${text}`),
  });
  return (
    <>
      <Table label="Keys and values" kind="key-table" heads={[...HEADS, 'Value', 'Weight × value']}>
        {keys.map((view, i) => {
          const name = keyName(subject, layer, view.index);
          return (
            <tr key={view.index} class={view.isHidden ? 'key-hidden' : undefined}>
              <th scope="row" dir="auto">
                {name}
              </th>
              <KeyCells {...cells(`key of ${name}`, view.key)} />
              <KeyNumbers {...view} />
              <KeyCells {...cells(`value of ${name}`, view.value)} />
              <KeyCells {...cells(`weighted value of ${name}`, weighted[i] ?? [])} scale={scale} />
            </tr>
          );
        })}
        {rest.count > 0 && (
          <tr>
            <th scope="row" colSpan={4}>
              {rest.count} more with smaller weights
            </th>
            <td class="number">{formatProbability(rest.weight)}</td>
            <td />
            <KeyCells {...cells('weighted values of the others', rest.sum)} scale={scale} />
          </tr>
        )}
        <tr class="key-sum">
          <th scope="row" colSpan={6}>
            Sum
          </th>
          <KeyCells {...cells('weighted sum', sum)} scale={scale} />
        </tr>
      </Table>
      <p class="hint key-point" role="status">
        {point.value ||
          `The token sees ${seen} of ${seen + hidden} keys; the mask hides ${hidden}.`}
      </p>
    </>
  );
}

/** A vector as a table cell, in one row of colours. */
function KeyCells(props: Parameters<typeof Cells>[0]): JSX.Element {
  return (
    <td class="key-cells">
      <Cells {...props} columns={props.values.length} />
    </td>
  );
}

function KeyNumbers({ score, isHidden, weight }: KeyView): JSX.Element {
  return (
    <>
      <td class="number">{formatValue(score)}</td>
      <td class="number">{isHidden ? '−∞' : formatValue(score)}</td>
      <td class="number">
        {formatProbability(weight)}
        <svg class="key-weight" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect width={100 * weight} height="4" />
        </svg>
      </td>
    </>
  );
}

/** Returns the token of a key, or the tokens of its group. */
function keyName({ study }: Subject, layer: number, index: number): string {
  const groupLength = study.layers[layer]?.groupLength;
  if (groupLength === undefined || index === 0) return study.tokens[index]?.word ?? '';
  const group = study.tokens.slice((index - 1) * groupLength, index * groupLength);
  return group.map(({ word }) => word).join(' ');
}
