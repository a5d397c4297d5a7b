import type { JSX } from 'preact';

import { useAnswer } from '../state/use-answer.js';
import type { Output } from '../write/output.js';
import type { Writing } from '../write/writing.js';
import { SourceText } from './source-text.js';

/** The text of an answer above its tokens, and what it attended to in the prompt. */
export function AnswerText(props: {
  readonly writing: Writing;
  readonly output: Output;
  readonly place: number;
  readonly text: string;
}): JSX.Element {
  const { writing, output, place, text } = props;
  const { prompt, tokens } = writing.encoded.value ?? {};
  const isReady = prompt && !writing.isWriting.value && output.text.length.value > 0;
  const sources = useAnswer(
    'sources',
    isReady ? { model: writing.model.id, prompt, output: output.ids } : undefined,
  )?.answer.weights;
  const chosen = writing.chosen.value;
  return (
    <div class="answer">
      {sources && tokens && (
        <SourceText
          tokens={tokens}
          weights={sources}
          row={chosen?.output === place ? chosen.index : undefined}
        />
      )}
      <p class="answer-text" dir="auto">
        {text}
      </p>
    </div>
  );
}
