import type { JSX } from 'preact';

import type { Subject } from './subject.js';

/** The prompt in tokens, each with its id. */
export function TokensPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const { tokens } = subject.study;
  return (
    <section class="panel">
      <h2>Tokens</h2>
      <p class="hint">
        The model reads {tokens.length} tokens; its vocabulary has{' '}
        {subject.model.config.vocabSize.toLocaleString('en')}.
      </p>
      <ol class="chips">
        {tokens.map(({ id, word }, i) => (
          <li key={i} class={`chip chip-${i % 4}`}>
            <span class="chip-word" dir="auto">
              {word}
            </span>
            <span class="chip-id">{id}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
