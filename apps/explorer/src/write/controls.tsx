import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';

import { EarlierList } from './earlier-list.js';
import { type Shade, SHADES } from './output-text.js';
import type { Writing } from './writing.js';

const KINDS = [
  ['probability', 'Probability'],
  ['entropy', 'Entropy'],
  ['none', 'No shades'],
] as const;

/** Buttons for start and stop, the speed, the choice of what colours show, and earlier outputs. */
export function Controls(props: {
  readonly writing: Writing;
  readonly shade: Signal<Shade>;
}): JSX.Element {
  const { writing, shade } = props;
  const speed = writing.speed.value;
  return (
    <>
      <div class="controls">
        {!writing.conversation.isOn.value && <StartButton writing={writing} />}
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
      <EarlierList writing={writing} />
    </>
  );
}

/** Starts outputs, or stops them while they are written. */
export function StartButton({ writing }: { readonly writing: Writing }): JSX.Element {
  return writing.isWriting.value ? (
    <button type="button" class="button button-main" onClick={() => writing.stop()}>
      Stop
    </button>
  ) : (
    <button type="button" class="button button-main" onClick={() => void writing.start()}>
      {titleOf(writing)}
    </button>
  );
}

function titleOf({ model, conversation }: Writing): string {
  if (conversation.isOn.value) return 'Send';
  return model.continues ? 'Write' : 'Answer';
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
