import type { JSX } from 'preact';

import type { Writing } from './writing.js';

/** The messages of a conversation; the answer to the last one is the output. */
export function ChatTurns({ writing }: { readonly writing: Writing }): JSX.Element | null {
  const turns = writing.conversation.turns.value;
  if (turns.length === 0) return null;
  return (
    <ol class="turns" aria-label="Conversation">
      {turns.map(({ role, content }, i) => (
        <li key={i} class={`turn turn-${role}`}>
          <p class="turn-role">{role}</p>
          <p dir="auto">{content}</p>
        </li>
      ))}
    </ol>
  );
}
