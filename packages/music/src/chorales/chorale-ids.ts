import { PITCHES } from '../events/event-ids.js';
import type { StepNote } from '../notes/note.js';
import { type Chorale, SILENT, VOICES } from './chorale.js';

/** The id of a rest, after the ids of the pitches. */
const SILENCE = PITCHES;
/** The id before the first step and after the last. */
export const CHORALE_END = SILENCE + 1;
export const CHORALE_IDS = CHORALE_END + 1;

/** Steps of 10 ms in a sixteenth, at 100 quarters a minute. */
const STEPS_A_SIXTEENTH = 15;
const VELOCITY = 77;

/**
 * A chorale as ids: step by step soprano, alto, tenor and bass, a pitch or silence each.
 *
 * @see Huang et al. 2018, section 4.1, https://arxiv.org/abs/1809.04281
 */
export function encodeChorale(chorale: Chorale): Int32Array {
  return Int32Array.from(chorale.flat(), (pitch) => (pitch === SILENT ? SILENCE : pitch));
}

/**
 * Decodes ids into a chorale. A last step that is not whole, and ids that are none, are left out.
 */
export function decodeChorale(ids: Iterable<number>): Chorale {
  const pitches = Array.from(ids)
    .filter((id) => Number.isInteger(id) && id >= 0 && id <= SILENCE)
    .map((id) => (id === SILENCE ? SILENT : id));
  return Array.from({ length: Math.floor(pitches.length / VOICES) }, (_, i) => {
    const [soprano, alto, tenor, bass] = pitches.slice(VOICES * i);
    return [soprano, alto, tenor, bass] as const;
  });
}

/** Converts a chorale into notes: a voice that keeps its pitch holds the note. */
export function choraleNotes(chorale: Chorale): readonly StepNote[] {
  const notes: StepNote[] = [];
  for (let voice = 0; voice < VOICES; voice++) {
    let from = 0;
    const pitchAt = (step: number): number | undefined => chorale.at(step)?.[voice];
    for (let step = 1; step <= chorale.length; step++) {
      const pitch = pitchAt(from);
      if (step < chorale.length && pitchAt(step) === pitch) continue;
      if (pitch !== undefined && pitch !== SILENT) {
        const [startStep, endStep] = [from * STEPS_A_SIXTEENTH, step * STEPS_A_SIXTEENTH];
        notes.push({ startStep, endStep, pitch, velocity: VELOCITY });
      }
      from = step;
    }
  }
  return notes;
}
