import type { JSX } from 'preact';
import { lazy, Suspense } from 'preact/compat';

import { AnswerText } from '../answer/answer-text.js';
import type { Output } from './output.js';
import type { Writing } from './writing.js';

const Piece = lazy(() => import('../music/piece.js'));

/** The final form of an output: a piece that plays, a file to keep, or the text of an answer. */
export function Artifact(props: {
  readonly writing: Writing;
  readonly output: Output;
  readonly place: number;
}): JSX.Element | null {
  const { writing, output, place } = props;
  const artifact = output.artifact.value;
  if (!artifact) return null;
  if (artifact.kind === 'text') {
    return <AnswerText writing={writing} output={output} place={place} text={artifact.text} />;
  }
  if (artifact.extension === 'mid') {
    return (
      <Suspense fallback={<p class="waiting">Loading the player …</p>}>
        <Piece base64={artifact.base64} name={`${writing.model.id}-${place + 1}.mid`} />
      </Suspense>
    );
  }
  return (
    <a
      class="button"
      download={`${writing.model.id}-${place + 1}.${artifact.extension}`}
      href={`data:application/octet-stream;base64,${artifact.base64}`}
    >
      Download .{artifact.extension}
    </a>
  );
}
