import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';

import { LinkButton } from '../shell/buttons.js';
import type { EarlierEntry } from './earlier-outputs.js';
import { type Shade, SHADES } from './output-text.js';
import type { WrittenForm } from './writing-state.js';
import type { Writing } from './writing.js';

const KINDS = [
  ['probability', 'Probability'],
  ['entropy', 'Entropy'],
  ['none', 'No shades'],
] as const;

/** Buttons for start and stop, the speed, the choice of the quantity that shades tokens, and earlier outputs. */
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

/** A button that undoes the last replacement of outputs, and the list of all replaced outputs. */
function EarlierList({ writing }: { readonly writing: Writing }): JSX.Element | null {
  const { earlier } = writing;
  const entries = earlier.entries.value;
  if (entries.length === 0) return null;
  return (
    <div class="earlier">
      <LinkButton label="Undo" onClick={() => earlier.undo()} />
      <details>
        <summary>Earlier outputs ({entries.length})</summary>
        <ol class="earlier-list">
          {[...entries].reverse().map((entry, i) => (
            <li key={i}>
              <LinkButton label={entryTitle(entry.form)} onClick={() => earlier.show(entry)} />{' '}
              <span class="hint">{entryFacts(entry)}</span>
            </li>
          ))}
        </ol>
      </details>
    </div>
  );
}

const MAX_TITLE = 60;

/** Returns the beginning of the prompt, or of the first message. */
function entryTitle({ isChat, turns, given }: WrittenForm): string {
  const title = (isChat ? turns[0]?.content : given.text) || given.file?.name;
  if (!title) return 'Without a prompt';
  return title.length > MAX_TITLE ? `${title.slice(0, MAX_TITLE)} …` : title;
}

function entryFacts({ form: { isChat, outputs, turns }, time }: EarlierEntry): string {
  const tokens = outputs.reduce((sum, output) => sum + output.tokens.length, 0);
  const messages = isChat && turns.length > 1 ? `, ${turns.length + 1} turns` : '';
  return `${tokens} tokens${messages}, ${new Date(time).toLocaleTimeString('en', { timeStyle: 'short' })}`;
}
