import { firstIndex, type Meter, type StepNote } from '../notes/note.js';
import { COMMON_TIME, hasQuarterBeats, QUARTER, SIXTEENTH, type SheetNote } from './sheet.js';
import { MIDDLE_C } from './voices.js';

/** Numbers of equal parts of a quarter, in the order of preference: sixteenths, triplet eighths, triplet sixteenths. */
const PARTS = [4, 3, 6] as const;
/** Maximum distance of a note from its place in a triplet, in quarters; a third and a quarter differ by a twelfth. */
const TOLERANCE = 1 / 36;

/** Times of notes in quarters, and the beats that may be divided into triplets. */
export interface NoteGrid {
  /** Returns the position of a step, in quarters from the first bar line. */
  readonly quarterAt: (step: number) => number;
  /**
   * Returns the start, in divisions, of the beat that contains a position, if the beat is a quarter and may be divided
   * into triplets; otherwise `undefined`.
   */
  readonly beatAt: (quarter: number) => number | undefined;
  /** Whether notes are on two staves: middle C and above for the right hand, the others for the left. */
  readonly hasHands: boolean;
}

/**
 * Makes `NoteGrid.beatAt` for music with these time signatures. Beats are quarters, counted from each signature; in
 * compound time, none may have triplets.
 */
export function beatsOf(times: readonly Omit<Meter['timeSignatures'][number], 'seconds'>[]) {
  const all = [
    { division: 0, time: COMMON_TIME },
    ...times.map(({ quarter, ...time }) => ({ division: roundToSixteenth(quarter), time })),
  ];
  return (quarter: number): number | undefined => {
    const late = quarter + TOLERANCE;
    const next = firstIndex(all, ({ division }) => division / QUARTER > late);
    const { division, time } = all[Math.max(0, next - 1)];
    if (!hasQuarterBeats(time)) return undefined;
    return division + QUARTER * Math.floor(late - division / QUARTER);
  };
}

/** Returns the position, in divisions, of the sixteenth that is nearest to a position in quarters. */
export function roundToSixteenth(quarter: number): number {
  return SIXTEENTH * Math.round((QUARTER / SIXTEENTH) * quarter);
}

/**
 * Moves starts and ends of notes to the grid: to sixteenths, or to triplets in a beat of a staff in which all notes
 * start close to them and not all close to sixteenths. A staff without notes between two beats is divided like the
 * other staff. If two notes of a pitch then begin together, the longer one stays; no two notes of a pitch overlap.
 *
 * @returns the notes in the order of their starts.
 */
export function moveToGrid(notes: readonly StepNote[], grid: NoteGrid): readonly SheetNote[] {
  const isHigh = ({ pitch }: StepNote): boolean => grid.hasHands && pitch >= MIDDLE_C;
  const staves = [notes.filter(isHigh), notes.filter((note) => !isHigh(note))];
  const shared = partsOfBeats(notes, grid);
  return staves.flatMap((staff) => moveStaff(staff, grid, shared)).sort(inTime);
}

function inTime(a: SheetNote, b: SheetNote): number {
  return a.startDivision - b.startDivision || a.pitch - b.pitch;
}

function moveStaff(
  notes: readonly StepNote[],
  grid: NoteGrid,
  shared: ReturnType<typeof partsOfBeats>,
): SheetNote[] {
  const { quarterAt, beatAt } = grid;
  const own = partsOfBeats(notes, grid);
  const partsAt = (quarter: number): number => {
    const beat = beatAt(quarter);
    return own.get(beat) ?? shared.get(beat) ?? PARTS[0];
  };
  const divisionAt = (quarter: number): number => {
    const start = beatAt(quarter) ?? 0;
    const count = partsAt(quarter);
    return start + (QUARTER / count) * Math.round(count * (quarter - start / QUARTER));
  };
  const longest = new Map<string, SheetNote>();
  for (const { startStep, endStep, pitch } of notes) {
    const startDivision = divisionAt(quarterAt(startStep));
    const shortest = startDivision + QUARTER / partsAt(startDivision / QUARTER);
    const endDivision = Math.max(shortest, divisionAt(quarterAt(endStep)));
    const key = `${pitch} ${startDivision}`;
    const other = longest.get(key);
    if (other && other.endDivision >= endDivision) continue;
    longest.set(key, { startDivision, endDivision, pitch });
  }
  return endedByTheNext([...longest.values()].sort(inTime));
}

/**
 * Returns, for each beat, the number of equal parts on which its notes start: 3 or 6 for triplets, 4 for sixteenths.
 */
function partsOfBeats(
  notes: readonly StepNote[],
  { quarterAt, beatAt }: NoteGrid,
): ReadonlyMap<number | undefined, number> {
  const byBeat = new Map<number, number[]>();
  for (const { startStep } of notes) {
    const quarter = quarterAt(startStep);
    const beat = beatAt(quarter);
    if (beat === undefined) continue;
    const place = quarter - beat / QUARTER;
    if (place <= TOLERANCE) continue;
    const places = byBeat.get(beat);
    if (places) places.push(place);
    else byBeat.set(beat, [place]);
  }
  return new Map(
    Array.from(byBeat, ([beat, places]) => {
      const fits = (count: number): boolean =>
        places.every((place) => Math.abs(Math.round(count * place) / count - place) <= TOLERANCE);
      return [beat, PARTS.find(fits) ?? PARTS[0]];
    }),
  );
}

/** Ends each note at the latest when the next note of its pitch begins. */
function endedByTheNext(notes: readonly SheetNote[]): SheetNote[] {
  const next = new Map<number, number>();
  return [...notes]
    .reverse()
    .map((note) => {
      const { pitch, startDivision, endDivision } = note;
      const end = Math.min(endDivision, next.get(pitch) ?? Infinity);
      next.set(pitch, startDivision);
      return { ...note, endDivision: end };
    })
    .reverse();
}
