import { PITCHES, STEPS_PER_SECOND } from '../events/event-ids.js';
import type { StepNote } from '../notes/note.js';
import { type Chorale, SILENT, VOICES } from './chorale.js';
import { voiceNotes } from './voice-notes.js';

/** The id of a rest, after the ids of the pitches. */
const SILENCE = PITCHES;
/** The id before the first step and after the last. */
export const CHORALE_END = SILENCE + 1;
export const CHORALE_IDS = CHORALE_END + 1;

/** The tempo of chorales, which the data does not have: quarters a minute. */
export const CHORALE_TEMPO_BPM = 100;
const STEPS_PER_SIXTEENTH = (60 * STEPS_PER_SECOND) / CHORALE_TEMPO_BPM / 4;
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
  return Array.from({ length: VOICES }, (_, voice) => voiceNotes(chorale, voice))
    .flat()
    .map(({ startSixteenth, endSixteenth, pitch }) => ({
      startStep: startSixteenth * STEPS_PER_SIXTEENTH,
      endStep: endSixteenth * STEPS_PER_SIXTEENTH,
      pitch,
      velocity: VELOCITY,
    }));
}
