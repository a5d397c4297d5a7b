import type { PromptAttention } from '@ramble/core/study';

import {
  MELODY_HOLD,
  MELODY_NOTE,
  MELODY_OFF,
  STEPS_PER_MELODY_STEP,
} from '../accompaniment/accompaniment-sections.js';
import { binVelocity, eventOf } from '../events/events.js';
import type { StepNote } from '../notes/note.js';

/**
 * Attention of one note in one layer: for each arc (attended note) three numbers, which are head, index of the attended
 * note, and attention in thousandths.
 */
type Arcs = readonly number[];

/** The attention weights between the notes of a prompt. */
export interface NoteAttention {
  readonly notes: readonly LocatedNote[];
  readonly nHead: number;
  /** Attention of each note, indexed `layers[layer][note]`. */
  readonly layers: readonly (readonly Arcs[])[];
}

/** Smallest attention that is visible in a picture. */
const MIN_WEIGHT = 0.01;
const ARCS_A_HEAD = 10;

/**
 * Computes attention between notes instead of tokens: the query is the token that strikes a note, and its attention
 * to the velocity, note-on and note-off tokens of another note is summed. Attention to shifts and to the note itself
 * is left out. Only the ten strongest arcs of each note and head are kept.
 *
 * @throws RangeError if the prompt has no note.
 */
export function noteAttention({ tokens, attention }: PromptAttention): NoteAttention {
  const notes = locateNotes(tokens.map(({ token }) => token));
  if (notes.length === 0) throw new RangeError('prompt: expected at least one note, got none');
  const layers = attention.map((heads) =>
    notes.map((note, i) =>
      heads.flatMap((rows, head) => arcsOf(notes.slice(0, i), rows[note.struckAt], head)),
    ),
  );
  return { notes, nHead: attention[0].length, layers };
}

/**
 * Returns the strongest arcs from the note of a query to earlier notes, in one head.
 *
 * @param before - Notes that were struck before the query's note.
 * @param row - Weights of all positions, up to the position of the query's token.
 */
function arcsOf(before: readonly LocatedNote[], row: Float32Array, head: number): number[] {
  return before
    .map(({ tokens }, index) => ({
      index,
      // The end of a note may come after the query; its weight is 0.
      weight: tokens.reduce((sum, position) => sum + row[position], 0),
    }))
    .filter(({ weight }) => weight >= MIN_WEIGHT)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, ARCS_A_HEAD)
    .flatMap(({ index, weight }) => [head, index, Math.round(1000 * weight)]);
}

/** A note of a prompt and the positions of its tokens. */
export interface LocatedNote extends StepNote {
  /** Whether the note belongs to a melody to accompany, which is not played. */
  readonly isMelody: boolean;
  /** Positions in the prompt of the note's tokens: velocity, note-on and note-off, or one melody token. */
  readonly tokens: readonly number[];
  /** Position of the token that strikes the note, one of `tokens`. */
  readonly struckAt: number;
}

type Open = { -readonly [Key in keyof LocatedNote]: LocatedNote[Key] } & { tokens: number[] };

/** Velocity of melodies, and of notes before any velocity token, as in `decodeEvents`. */
const VELOCITY = 100;
/** Minimum length in steps of a note that never ends in the prompt, so that it is visible in the picture. */
const SHORTEST_STEPS = 10;

/**
 * Returns the notes that tokens encode: notes of a melody first, then the others in the order in which they are struck.
 */
export function locateNotes(ids: readonly number[]): readonly LocatedNote[] {
  const notes: Open[] = [];
  let sounding: Open[] = [];
  let [step, velocity] = [0, VELOCITY];
  let waiting: number[] = []; // velocities, which belong to the note after them
  const strike = (pitch: number, position: number, isMelody: boolean): void => {
    const tokens = [...waiting, position];
    const note = {
      startStep: step,
      endStep: -1,
      pitch,
      velocity,
      isMelody,
      tokens,
      struckAt: position,
    };
    notes.push(note);
    sounding.push(note);
    waiting = [];
  };
  const end = (ended: Open | undefined): void => {
    if (ended) ended.endStep = Math.max(step, ended.startStep + 1);
    sounding = sounding.filter((note) => note !== ended);
  };
  ids.forEach((id, position) => {
    const event = eventOf(id);
    switch (event?.kind) {
      case 'noteOn':
        strike(event.pitch, position, false);
        break;
      case 'noteOff': {
        const ended = sounding.find(({ pitch }) => pitch === event.pitch);
        ended?.tokens.push(position);
        end(ended);
        break;
      }
      case 'shift':
        step += event.steps;
        break;
      case 'velocity':
        velocity = binVelocity(event.bin);
        waiting.push(position);
        break;
      default: // a melody step, or the beginning of another part
        if (id !== MELODY_HOLD) sounding.forEach((note) => end(note));
        if (id < MELODY_NOTE || id > MELODY_HOLD) step = 0;
        else {
          if (id < MELODY_OFF) strike(id - MELODY_NOTE, position, true);
          step += STEPS_PER_MELODY_STEP;
        }
    }
  });
  for (const note of sounding) note.endStep = Math.max(step, note.startStep + SHORTEST_STEPS);
  return notes;
}
