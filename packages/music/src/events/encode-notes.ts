import type { Note } from '../notes/note.js';
import {
  MAX_SHIFT_STEPS,
  NOTE_OFF,
  NOTE_ON,
  SHIFT,
  STEPS_PER_SECOND,
  VELOCITY,
  velocityBin,
} from './event-ids.js';

/** The step that is nearest to a moment; halves go up. */
export function stepAt(seconds: number): number {
  return Math.floor(seconds * STEPS_PER_SECOND + 0.5);
}

/**
 * Notes as ids of events, as note-seq writes them: a note of no length gets a step; gaps are shifts
 * of a second and a rest; a velocity stands only where it changes, before a note. Nothing follows the
 * last note's end.
 *
 * @see https://github.com/magenta/note-seq, `performance_lib.py`
 */
export function encodeNotes(notes: readonly Note[]): Int32Array {
  const sorted = [...notes].sort((a, b) => a.startSeconds - b.startSeconds || a.pitch - b.pitch);
  // An action is one number, so that they sort fast: its step, its note, and off after on.
  const actions = new Float64Array(2 * sorted.length);
  sorted.forEach(({ startSeconds, endSeconds }, i) => {
    const start = stepAt(startSeconds);
    const end = stepAt(endSeconds);
    actions[2 * i] = (start * sorted.length + i) * 2;
    actions[2 * i + 1] = ((end === start ? end + 1 : end) * sorted.length + i) * 2 + 1;
  });
  actions.sort();

  const ids: number[] = [];
  let now = 0;
  let bin = 0;
  for (const action of actions) {
    const place = Math.floor(action / 2);
    const { pitch, velocity } = sorted[place % sorted.length];
    const step = Math.floor(place / sorted.length);
    for (; step - now > MAX_SHIFT_STEPS; now += MAX_SHIFT_STEPS) {
      ids.push(SHIFT + MAX_SHIFT_STEPS - 1);
    }
    if (step > now) ids.push(SHIFT + step - now - 1);
    now = step;
    if (action % 2 === 1) {
      ids.push(NOTE_OFF + pitch);
      continue;
    }
    if (velocityBin(velocity) !== bin) {
      bin = velocityBin(velocity);
      ids.push(VELOCITY + bin - 1);
    }
    ids.push(NOTE_ON + pitch);
  }
  return Int32Array.from(ids);
}
