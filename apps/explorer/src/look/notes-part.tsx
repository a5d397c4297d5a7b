import { useSignal } from '@preact/signals';
import type { PageToken } from '@ramble/explorer';
import { describeEvent, eventOf, type LocatedNote, locateNotes } from '@ramble/music';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { useAnswer, useSession } from '../state/session.js';
import { HeadChoice, headIn } from './head-choice.js';
import { NoteArcs } from './note-arcs.js';
import type { Subject } from './cache-part.js';

/** The attention of a head between notes instead of tokens, on the piano roll of the prompt. */
export default function NotesPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const session = useSession();
  const place = headIn(session.place.value.params, subject);
  const { model, prompt, study } = subject;
  const notes = useMemo(() => notesIn(study.tokens), [study]);
  const weights = useAnswer('attention', { model: model.id, prompt, ...place })?.answer.weights;
  const chosen = useSignal<number | undefined>(undefined);
  if (notes.length === 0) {
    return <p class="waiting">These tokens strike no note. Write a piece, and look inside it.</p>;
  }
  return (
    <section class="panel">
      <h2>Attention between notes</h2>
      <HeadChoice subject={subject} place={place} hasMean />
      {weights?.length === study.tokens.length && (
        <NoteArcs notes={notes} weights={weights} chosen={chosen} />
      )}
    </section>
  );
}

/** Returns the notes that tokens strike; empty if the tokens are not events of a performance. */
function notesIn(tokens: readonly PageToken[]): readonly LocatedNote[] {
  const areEvents = tokens.every(({ id, word }) => !eventOf(id) || describeEvent(id) === word);
  return areEvents ? locateNotes(tokens.map(({ id }) => id)) : [];
}
