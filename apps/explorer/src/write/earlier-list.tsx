import type { JSX } from 'preact';

import { LinkButton } from '../shell/buttons.js';
import type { EarlierEntry } from './earlier-outputs.js';
import type { WrittenForm } from './written-form.js';
import type { Writing } from './writing.js';

/** A button that undoes the last replacement of outputs, and the list of all that were replaced. */
export function EarlierList({ writing }: { readonly writing: Writing }): JSX.Element | null {
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
              <LinkButton label={titleOf(entry.form)} onClick={() => earlier.show(entry)} />{' '}
              <span class="hint">{factsOf(entry)}</span>
            </li>
          ))}
        </ol>
      </details>
    </div>
  );
}

const MAX_TITLE = 60;

/** Returns the beginning of the prompt, or of the first message. */
function titleOf({ isChat, turns, given }: WrittenForm): string {
  const title = (isChat ? turns[0]?.content : given.text) || given.file?.name;
  if (!title) return 'Without a prompt';
  return title.length > MAX_TITLE ? `${title.slice(0, MAX_TITLE)} …` : title;
}

function factsOf({ form: { isChat, outputs, turns }, time }: EarlierEntry): string {
  const tokens = outputs.reduce((sum, output) => sum + output.tokens.length, 0);
  const messages = isChat && turns.length > 1 ? `, ${turns.length + 1} turns` : '';
  return `${tokens} tokens${messages}, ${new Date(time).toLocaleTimeString('en', { timeStyle: 'short' })}`;
}
