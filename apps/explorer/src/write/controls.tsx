import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';

import { SHADES, type Shade } from './shade-of.js';
import type { Writing } from './writing.js';

const KINDS = [
  ['probability', 'Probability'],
  ['entropy', 'Entropy'],
  ['none', 'No shades'],
] as const;

/** Start and stop, how fast it goes, and what the colours tell. */
export function Controls(props: {
  readonly writing: Writing;
  readonly shade: Signal<Shade>;
}): JSX.Element {
  const { writing, shade } = props;
  const speed = writing.speed.value;
  return (
    <div class="controls">
      {writing.isWriting.value ? (
        <button type="button" class="button button-main" onClick={() => writing.stop()}>
          Stop
        </button>
      ) : (
        <button type="button" class="button button-main" onClick={() => void writing.start()}>
          {isAnswer(writing) ? 'Answer' : 'Write'}
        </button>
      )}
      <p class="controls-facts">
        {speed &&
          speed.seconds > 0 &&
          `${Math.round(speed.tokens / speed.seconds).toLocaleString('en')} tokens a second`}
      </p>
      <fieldset class="switch">
        <legend class="visually-hidden">Shade tokens by</legend>
        {KINDS.map(([kind, title]) => (
          <label key={kind}>
            <input
              type="radio"
              name="shade"
              checked={shade.value === kind}
              onChange={() => (shade.value = kind)}
            />
            <span>{title}</span>
          </label>
        ))}
      </fieldset>
      {shade.value !== 'none' && <Legend shade={shade.value} />}
    </div>
  );
}

function isAnswer({ model, conversation }: Writing): boolean {
  return !model.continues || conversation.isOn.value;
}

function Legend({ shade }: { readonly shade: Shade }): JSX.Element {
  const [low, high] = shade === 'probability' ? ['likely', 'surprising'] : ['sure', 'unsure'];
  return (
    <p class="legend" data-shade={shade}>
      {low}
      <span class="legend-steps" aria-hidden="true">
        {Array.from({ length: SHADES }, (_, i) => (
          <span key={i} class={`token p${i} e${i}`} />
        ))}
      </span>
      {high}
    </p>
  );
}
