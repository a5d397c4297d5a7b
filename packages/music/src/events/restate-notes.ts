import { END, eventOf, MAX_SHIFT_STEPS, NOTE_ON, SHIFT, VELOCITY } from './events.js';

/** A note that sounds, and how loud it was struck. */
interface HeldNote {
  readonly pitch: number;
  readonly step: number;
  readonly bin: number;
}

/**
 * The events that begin a window in place of those before it: the notes that still sound, as if nothing else
 * had been played, and the velocity. The times between them and to the window are kept up to a second each.
 *
 * Control tokens before the first event of the piece are kept.
 *
 * @param forgotten - Ids of the events so far; an id that is no event begins a new piece.
 */
export function restateNotes(forgotten: ArrayLike<number>): number[] {
  const asked: number[] = [];
  while (asked.length < forgotten.length && forgotten[asked.length] > END) {
    asked.push(forgotten[asked.length]);
  }
  let held: HeldNote[] = [];
  let [now, bin] = [0, 0];
  for (let i = 0; i < forgotten.length; i++) {
    const event = eventOf(forgotten[i]);
    if (event?.kind === 'noteOn') held.push({ pitch: event.pitch, step: now, bin });
    else if (event?.kind === 'noteOff') {
      const ended = held.findIndex(({ pitch }) => pitch === event.pitch);
      if (ended >= 0) held.splice(ended, 1);
    } else if (event?.kind === 'shift') now += event.steps;
    else if (event?.kind === 'velocity') bin = event.bin;
    else {
      held = [];
      now = bin = 0;
    }
  }
  return [...asked, ...restated(held, now, bin)];
}

function restated(held: readonly HeldNote[], now: number, bin: number): number[] {
  const ids: number[] = [];
  let [step, told] = [held.at(0)?.step ?? now, 0];
  const shiftTo = (later: number): void => {
    if (later > step) ids.push(SHIFT + Math.min(later - step, MAX_SHIFT_STEPS) - 1);
    step = later;
  };
  const tell = (louder: number): void => {
    if (louder !== told) ids.push(VELOCITY + louder - 1);
    told = louder;
  };
  for (const note of held) {
    shiftTo(note.step);
    tell(note.bin);
    ids.push(NOTE_ON + note.pitch);
  }
  shiftTo(now);
  tell(bin);
  return ids;
}
