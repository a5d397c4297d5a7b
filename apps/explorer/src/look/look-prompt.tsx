import type { ModelView } from '@ramble/explorer';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { useSession } from '../state/session.js';

const PAUSE_MS = 350;

/** The text to look at; it is read when the typing pauses. */
export function LookPrompt({ model }: { readonly model: ModelView }): JSX.Element {
  const session = useSession();
  const { tokens, prompt = '' } = session.place.value.params;
  const [text, setText] = useState(prompt);
  useEffect(() => setText(prompt), [session.arrivals.value]);
  useEffect(() => {
    if (text === prompt) return;
    const timer = setTimeout(
      () => session.remember({ model: model.id, prompt: text, tokens: '', prefix: '' }),
      PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [text]);
  if (tokens || model.format !== undefined) {
    return (
      <p class="hint look-hint">
        {tokens
          ? `What you see are the ${tokens.split(' ').length} tokens of an output. `
          : 'What you see is the beginning of nothing. Write something, and look inside it. '}
        {tokens && (
          <button
            type="button"
            class="link-button"
            onClick={() => session.go('look', { model: model.id, prompt })}
          >
            Look at the prompt instead
          </button>
        )}
      </p>
    );
  }
  return (
    <div class="panel look-prompt">
      <label for="look-prompt" class="prompt-label">
        Look at how the model reads
      </label>
      <textarea
        id="look-prompt"
        dir="auto"
        rows={2}
        spellcheck={false}
        placeholder={model.example || 'A prompt; or write something, and look inside it'}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
    </div>
  );
}
