import type { ScoreAnswer } from '@ramble/explorer';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';

import type { Writing } from '../write/writing.js';
import { ScoreTable } from './score-table.js';

/** Scores all outputs against a reference that somebody gives. */
export function ReferenceBox({ writing }: { readonly writing: Writing }): JSX.Element {
  const reference = useSignal('');
  const answers = useSignal<readonly ScoreAnswer[]>([]);
  const score = async () => {
    const { prompt } = writing.encoded.value ?? {};
    if (!prompt) return;
    const asked = writing.outputs.value.map((output) =>
      writing.session.ask('score', {
        model: writing.model.id,
        prompt,
        output: output.ids,
        text: writing.given.value.text,
        reference: reference.value,
      }),
    );
    answers.value = (await Promise.all(asked)).filter((answer) => answer !== undefined);
  };
  return (
    <section class="panel" aria-label="Reference">
      <label for="reference" class="prompt-label">
        A reference to score the output against
      </label>
      <textarea
        id="reference"
        dir="auto"
        rows={2}
        value={reference.value}
        onInput={({ currentTarget }) => (reference.value = currentTarget.value)}
      />
      <div class="controls">
        <button
          type="button"
          class="button"
          disabled={reference.value.trim() === '' || writing.isWriting.value}
          onClick={() => void score()}
        >
          Score
        </button>
      </div>
      {answers.value.length > 0 && <ScoreTable answers={answers.value} />}
    </section>
  );
}
