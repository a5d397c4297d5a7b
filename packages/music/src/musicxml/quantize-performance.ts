import { trackBeats } from '../controls/track-beats.js';
import { STEPS_PER_SECOND } from '../events/event-ids.js';
import { inSeconds } from '../notes/in-seconds.js';
import { type Meter, quarterAt } from '../notes/meter.js';
import type { StepNote } from '../notes/note.js';
import { type SheetNote, SIXTEENTHS_PER_BEAT } from './sheet.js';

/** Longer music, in quarters, is damaged or at an absurd tempo, and would fill the memory with its bars. */
const MAX_QUARTERS = 200_000;

/** A performance on the grid of sixteenths. */
export interface QuantizedPerformance {
  /** The median tempo, a whole number of quarters a minute. */
  readonly tempoBpm: number;
  /** Notes in the order of their starts; those of one pitch do not overlap. */
  readonly notes: readonly SheetNote[];
}

/**
 * Puts a performance on a grid: beats are tracked, and starts and ends of notes move to the nearest
 * sixteenth. What is lost: velocities, changes of tempo, triplets and whatever is shorter than a sixteenth;
 * of two notes of a pitch that then begin together, the longer one stays. The beat of the first note
 * becomes the first of a bar.
 */
export function quantizePerformance(notes: readonly StepNote[]): QuantizedPerformance {
  const beats = trackBeats(notes.map(inSeconds));
  const lengths = beats.slice(1).map((beat, i) => beat - beats[i]);
  const median = lengths.sort((a, b) => a - b)[Math.floor(lengths.length / 2)];
  const gridAt = gridOf(beats);
  const firstNote = notes.reduce((first, { startStep }) => Math.min(first, startStep), Infinity);
  const firstBeat = notes.length === 0 ? 0 : Math.floor(gridAt(firstNote) / SIXTEENTHS_PER_BEAT);
  return {
    tempoBpm: Math.round((60 * STEPS_PER_SECOND) / median),
    notes: onSixteenths(notes, (step) => gridAt(step) - firstBeat * SIXTEENTHS_PER_BEAT),
  };
}

/**
 * Puts the notes of a piece with a known meter on its sixteenths, counted from its beginning, by the same
 * rules as those of a performance.
 *
 * @returns `undefined` for music that lasts more than 200,000 quarters.
 */
export function quantizeByMeter(
  notes: readonly StepNote[],
  meter: Meter,
): readonly SheetNote[] | undefined {
  const placeOf = (step: number): number => quarterAt(meter, step / STEPS_PER_SECOND);
  const end = notes.reduce((last, { endStep }) => Math.max(last, endStep), 0);
  if (!(placeOf(end) <= MAX_QUARTERS)) return undefined;
  return onSixteenths(notes, (step) => Math.round(SIXTEENTHS_PER_BEAT * placeOf(step)));
}

function onSixteenths(
  notes: readonly StepNote[],
  sixteenthAt: (step: number) => number,
): readonly SheetNote[] {
  const longest = new Map<string, SheetNote>();
  const inTime = [...notes].sort((a, b) => a.startStep - b.startStep || a.pitch - b.pitch);
  for (const { startStep, endStep, pitch } of inTime) {
    const startSixteenth = sixteenthAt(startStep);
    const endSixteenth = Math.max(startSixteenth + 1, sixteenthAt(endStep));
    const key = `${pitch} ${startSixteenth}`;
    const other = longest.get(key);
    if (other && other.endSixteenth >= endSixteenth) continue;
    longest.set(key, { startSixteenth, endSixteenth, pitch });
  }
  const kept = [...longest.values()].sort(
    (a, b) => a.startSixteenth - b.startSixteenth || a.pitch - b.pitch,
  );
  return endedByTheNext(kept);
}

/** Where a step lies among beats, in sixteenths from the first of them. */
function gridOf(beats: readonly number[]): (step: number) => number {
  let beat = 0;
  return (step) => {
    while (beat > 0 && beats[beat] > step) beat--;
    while (beat < beats.length - 2 && beats[beat + 1] <= step) beat++;
    const within = (step - beats[beat]) / (beats[beat + 1] - beats[beat]);
    return Math.round(SIXTEENTHS_PER_BEAT * (beat + within));
  };
}

/** A note of a pitch ends at the latest where the next one begins. */
function endedByTheNext(notes: readonly SheetNote[]): readonly SheetNote[] {
  const next = new Map<number, number>();
  return [...notes]
    .reverse()
    .map((note) => {
      const { pitch, startSixteenth, endSixteenth } = note;
      const end = Math.min(endSixteenth, next.get(pitch) ?? Infinity);
      next.set(pitch, startSixteenth);
      return { ...note, endSixteenth: end };
    })
    .reverse();
}
