import {
  MELODY_HOLD,
  MELODY_NOTE,
  MELODY_OFF,
  STEPS_PER_MELODY_STEP,
} from '../accompaniment/encode-melody.js';
import { binVelocity, eventOf } from '../events/events.js';
import type { StepNote } from '../notes/note.js';

/** A note of a prompt and the positions of its tokens. */
export interface LocatedNote extends StepNote {
  /** Whether the note belongs to a melody to accompany, which is not played. */
  readonly isMelody: boolean;
  /** Positions of its tokens: velocity, on and off. */
  readonly tokens: readonly number[];
  /** Position of the token that strikes the note, one of `tokens`. */
  readonly struckAt: number;
}

type Open = { -readonly [Key in keyof LocatedNote]: LocatedNote[Key] } & { tokens: number[] };

/** Velocity of melodies and of notes before any velocity token, as for `decodeEvents`. */
const VELOCITY = 100;
/** Minimum length in the picture, for a note that the last token struck. */
const SHORTEST_STEPS = 10;

/** Returns the notes that tokens encode, in the order in which they are struck, notes of a melody first. */
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
