import type { Signal } from '@preact/signals';
import type { Rows } from '@ramble/explorer';
import { type LocatedNote, pitchName } from '@ramble/music';
import type { JSX } from 'preact';

import { formatProbability } from '../state/format.js';
import { Picture } from './picture.js';

const KEY_HEIGHT = 7;
/** Pixels that a short piece is spread over, and the width of a step at most. */
const WIDTH = 1100;
const MAX_STEP_WIDTH = 1.5;
const MIN_STEP_WIDTH = 0.4;
const STEPS_PER_SECOND = 100;
const MARGIN_KEYS = 8;
/** Weights below that are not drawn. */
const LEAST = 0.01;

/** A piano roll with an arc from the chosen note to each that it attends to. */
export function NoteArcs(props: {
  readonly notes: readonly LocatedNote[];
  readonly weights: Rows;
  /** Index of the note whose arcs are drawn; the last one unless chosen. */
  readonly chosen: Signal<number | undefined>;
}): JSX.Element {
  const { notes, weights, chosen } = props;
  const index = Math.min(chosen.value ?? notes.length, notes.length - 1);
  const shares = sharesOf(notes, index, weights);
  const pitches = notes.map(({ pitch }) => pitch);
  const high = Math.max(...pitches) + MARGIN_KEYS;
  const height = (high - Math.min(...pitches) + 3) * KEY_HEIGHT;
  const steps = Math.max(...notes.map(({ endStep }) => endStep));
  const scale = Math.min(MAX_STEP_WIDTH, Math.max(MIN_STEP_WIDTH, WIDTH / steps));
  const best = Math.max(...shares, LEAST);
  const middle = ({ startStep, pitch }: LocatedNote) =>
    [startStep * scale + 2, (high - pitch + 0.5) * KEY_HEIGHT] as const;
  return (
    <Picture
      name="attention-notes"
      caption={captionOf(notes, index, shares)}
      width={Math.max(steps * scale + 20, 300)}
      height={height}
      label={`Arcs between ${notes.length} notes; arrow keys choose one`}
      onKeyDown={(event) => {
        const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (move === undefined) return;
        event.preventDefault();
        chosen.value = Math.min(Math.max(index + move, 0), notes.length - 1);
      }}
    >
      {notes.map((note, i) => (
        <rect
          key={i}
          class={i === index ? 'note-chosen' : note.isMelody ? 'note-melody' : 'note-seen'}
          x={note.startStep * scale}
          y={(high - note.pitch) * KEY_HEIGHT}
          width={Math.max(2, (note.endStep - note.startStep) * scale - 0.5)}
          height={KEY_HEIGHT}
          rx="1.5"
          fill-opacity={i === index ? 1 : 0.2 + (0.7 * (shares[i] ?? 0)) / best}
          onMouseEnter={() => (chosen.value = i)}
        />
      ))}
      <g class="arcs">
        {shares.map((share, i) => {
          const [to, from] = [notes[i], notes[index]];
          if (share < LEAST || !to || !from) return null;
          const [[x1, y1], [x2, y2]] = [middle(from), middle(to)];
          const top = Math.max(2, Math.min(y1, y2) - 10 - 0.15 * Math.abs(x1 - x2));
          return (
            <path
              key={i}
              d={`M${x1} ${y1} Q${(x1 + x2) / 2} ${top} ${x2} ${y2}`}
              stroke-width={0.6 + (3 * share) / best}
              stroke-opacity={0.2 + (0.7 * share) / best}
            />
          );
        })}
      </g>
    </Picture>
  );
}

/** Attention of the token that strikes a note to all tokens of each earlier note, in sum. */
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
    .filter(({ share }) => share >= LEAST)
    .sort((a, b) => b.share - a.share)
    .slice(0, 3)
    .map(({ share, i }) => `${nameOf(i)} (${formatProbability(share)})`);
  const seen = strongest.length > 0 ? strongest.join(', ') : 'no earlier note';
  return `${nameOf(index)} attends to ${seen}.`;
}
