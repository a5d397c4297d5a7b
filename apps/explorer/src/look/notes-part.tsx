import { type Signal, useSignal } from '@preact/signals';
import type { PageToken, Rows } from '@ramble/explorer';
import {
  NoteRoll,
  type RollArc,
  rollScale,
  secondWidth,
  STEPS_PER_SECOND,
} from '@ramble/explorer/notes';
import { describeEvent, eventOf, type LocatedNote, locateNotes, pitchName } from '@ramble/music';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { formatProbability } from '../state/format.js';
import type { Subject } from './cache-part.js';
import { HeadChoice } from './head-choice.js';
import { nameOf, type ShownHead, useHeads } from './heads.js';
import { Picture } from './picture.js';

/** The attention of a head between notes instead of tokens, on the piano roll of the prompt. */
export default function NotesPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const heads = useHeads(subject);
  const notes = useMemo(() => notesIn(subject.study.tokens), [subject.study]);
  const chosen = useSignal<number | undefined>(undefined);
  if (notes.length === 0) {
    return <p class="waiting">These tokens strike no note. Write a piece, and look inside it.</p>;
  }
  return (
    <section class="panel">
      <h2>Attention between notes</h2>
      <HeadChoice subject={subject} heads={heads} isForPictures />
      {heads.shown.length > 0 && <NoteArcs notes={notes} heads={heads.shown} chosen={chosen} />}
    </section>
  );
}

/** Returns the notes that tokens strike; empty if the tokens are not events of a performance. */
function notesIn(tokens: readonly PageToken[]): readonly LocatedNote[] {
  const areEvents = tokens.every(({ id, word }) => !eventOf(id) || describeEvent(id) === word);
  return areEvents ? locateNotes(tokens.map(({ id }) => id)) : [];
}

/** Width in pixels that a short piece fills. `MIN_SECOND` and `MAX_SECOND` limit the width of a second. */
const WIDTH = 1100;
const [MIN_SECOND, MAX_SECOND] = [40, 150];
/** Minimum attention weight for which an arc is drawn. */
const MIN_WEIGHT = 0.01;

/** A piano roll with arcs from the chosen note to the notes that it attends to. */
function NoteArcs(props: {
  readonly notes: readonly LocatedNote[];
  readonly heads: readonly ShownHead[];
  /** Index of the note whose arcs are drawn; by default the last one. */
  readonly chosen: Signal<number | undefined>;
}): JSX.Element {
  const { notes, heads, chosen } = props;
  const index = Math.min(chosen.value ?? notes.length, notes.length - 1);
  const scale = useMemo(
    () => rollScale(notes, secondWidth(notes, WIDTH, MIN_SECOND, MAX_SECOND)),
    [notes],
  );
  const key = heads.map(({ place }) => nameOf(place)).join();
  const all = useMemo(
    () => heads.map(({ weights }) => sharesOf(notes, index, weights)),
    [notes, index, key, heads[0]?.weights],
  );
  const arcs = useMemo(
    () => all.flatMap((ofHead, i) => arcsOf(ofHead, heads[i], i / all.length)),
    [all],
  );
  const shares = useMemo(
    () => notes.slice(0, index).map((_, to) => Math.max(...all.map((ofHead) => ofHead[to] ?? 0))),
    [all],
  );
  const opacityOf = useMemo(
    () => (i: number) => 0.2 + (0.7 * (shares[i] ?? 0)) / Math.max(...shares, MIN_WEIGHT),
    [shares],
  );
  return (
    <Picture
      name="attention-notes"
      caption={captionOf(notes, index, all[0] ?? [])}
      width={Math.max(scale.width, 300)}
      height={scale.height}
      label={`Arcs between ${notes.length} notes; arrow keys choose one`}
      onKeyDown={(event) => {
        const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (move === undefined) return;
        event.preventDefault();
        chosen.value = Math.min(Math.max(index + move, 0), notes.length - 1);
      }}
    >
      <NoteRoll
        notes={notes}
        scale={scale}
        chosen={index}
        arcs={arcs}
        opacityOf={opacityOf}
        onPoint={(i) => (chosen.value = i)}
      />
    </Picture>
  );
}

/** Returns the arcs of one head, coloured if several heads are drawn together. */
function arcsOf(shares: readonly number[], head: ShownHead | undefined, bend: number): RollArc[] {
  const colour = head?.colour;
  return shares
    .map((weight, to) => ({ to, weight, bend, ...(colour !== undefined && { colour }) }))
    .filter(({ weight }) => weight >= MIN_WEIGHT);
}

/** Returns the summed attention of a note's strike token to the tokens of each earlier note. */
function sharesOf(notes: readonly LocatedNote[], index: number, weights: Rows): number[] {
  const row = weights[notes[index]?.struckAt ?? -1] ?? [];
  return notes
    .slice(0, index)
    .map(({ tokens }) => tokens.reduce((sum, position) => sum + (row[position] ?? 0), 0));
}

function captionOf(notes: readonly LocatedNote[], index: number, shares: number[]): string {
  const nameOf = (i: number): string => {
    const note = notes[i];
    if (!note) return '';
    return `${pitchName(note.pitch)} at ${(note.startStep / STEPS_PER_SECOND).toFixed(2)} s`;
  };
  const strongest = shares
    .map((share, i) => ({ share, i }))
    .filter(({ share }) => share >= MIN_WEIGHT)
    .sort((a, b) => b.share - a.share)
    .slice(0, 3)
    .map(({ share, i }) => `${nameOf(i)} (${formatProbability(share)})`);
  const seen = strongest.length > 0 ? strongest.join(', ') : 'no earlier note';
  return `${nameOf(index)} attends to ${seen}.`;
}
