import type { JSX } from 'preact';

import { formatValue } from '../state/format.js';
import { formatPlace } from '../state/place.js';
import type { Output } from './output.js';
import type { Writing } from './writing.js';

/** Words for why an output ended. */
const REASONS: Readonly<Record<string, string>> = {
  stop: 'ended by the model',
  length: 'limit reached',
};

/** The number of an output, how long it is and why it ended, and a button that goes on with it. */
export function OutputHead(props: {
  readonly writing: Writing;
  readonly output: Output;
  readonly place: number;
}): JSX.Element {
  const { writing, output, place } = props;
  const length = output.text.length.value;
  const reason = output.reason.value;
  const score = output.score.value;
  const kept = output.kept.value;
  return (
    <header class="output-head">
      <h2>{writing.outputs.value.length > 1 ? `Output ${place + 1}` : 'Output'}</h2>
      <p class="output-facts">
        {length} {length === 1 ? 'token' : 'tokens'}
        {score !== undefined && `, score ${formatValue(score)}`}
        {kept !== undefined && `, the last ${kept} in view`}
        {reason !== '' && `, ${REASONS[reason] ?? reason}`}
      </p>
      <div class="output-actions">
        {length > 0 && (
          <button
            type="button"
            class="link-button"
            onClick={() => void navigator.clipboard.writeText(textOf(writing, output))}
          >
            Copy
          </button>
        )}
        {!writing.isWriting.value && length > 0 && (
          <a class="link-button" href={insideOf(writing, output)}>
            Look inside
          </a>
        )}
        {!writing.isWriting.value && length > 0 && (
          <button type="button" class="link-button" onClick={() => void writing.goOn(place)}>
            Go on
          </button>
        )}
      </div>
    </header>
  );
}

/** Longer outputs make pictures that nobody can read. */
const MOST_INSIDE = 128;

/** A link to what the model computes for the end of an output and its prompt. */
function insideOf({ model, encoded, given }: Writing, output: Output): string {
  const { tokens = [], prefixLength } = encoded.value?.prompt ?? {};
  const all = [...tokens, ...output.ids];
  const params = {
    model: model.id,
    prompt: given.value.text,
    tokens: all.slice(-MOST_INSIDE).join(' '),
    prefix: prefixLength === undefined || all.length > MOST_INSIDE ? '' : String(prefixLength),
  };
  return formatPlace({ view: 'look', params });
}

/** The text of an output: of one that is a file the names of its tokens. */
function textOf({ model }: Writing, { text, artifact }: Output): string {
  const shown = artifact.value;
  if (shown?.kind === 'text') return shown.text;
  return model.joins ? text.string : text.tokens.map(({ word }) => word).join('\n');
}
