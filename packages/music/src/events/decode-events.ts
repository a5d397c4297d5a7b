import type { StepNote } from '../notes/note.js';
import { binVelocity, eventOf, PITCHES, STEPS_PER_SECOND } from './event-ids.js';

/** What the notes of events are like where the events do not say it. */
export interface DecodeOptions {
  /** Velocity of notes before any velocity token. */
  readonly velocity?: number;
  /** Longer notes are cut. */
  readonly maxNoteSeconds?: number;
}

/**
 * The notes that events tell, whatever their order: the note that was struck first ends first, an end
 * without a note is nothing, a note of no length is none, and one that never ends does so at the last
 * step. Ids that are no events are passed over.
 *
 * @returns notes in the order of their ends.
 */
export function decodeEvents(
  ids: Iterable<number>,
  { velocity = 100, maxNoteSeconds = Infinity }: DecodeOptions = {},
): StepNote[] {
  const maxSteps = maxNoteSeconds * STEPS_PER_SECOND;
  const notes: StepNote[] = [];
  const open = Array.from({ length: PITCHES }, (): Omit<StepNote, 'endStep'>[] => []);
  let step = 0;
  const end = (note: Omit<StepNote, 'endStep'>): void => {
    const endStep = Math.min(step, note.startStep + maxSteps);
    if (endStep > note.startStep) notes.push({ ...note, endStep });
  };
  for (const id of ids) {
    const event = eventOf(id);
    switch (event?.kind) {
      case 'noteOn':
        open[event.pitch].push({ startStep: step, pitch: event.pitch, velocity });
        break;
      case 'noteOff': {
        const first = open[event.pitch].shift();
        if (first) end(first);
        break;
      }
      case 'shift':
        step += event.steps;
        break;
      case 'velocity':
        velocity = binVelocity(event.bin);
    }
  }
  for (const left of open) left.forEach(end);
  return notes;
}
