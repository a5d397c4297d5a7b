import { trackBeats } from '../controls/beats.js';
import { STEPS_PER_SECOND } from '../events/events.js';
import { inSeconds } from '../notes/apply-pedal.js';
import {
  firstIndex,
  type Meter,
  type MeterTempo,
  quarterAt,
  type StepNote,
} from '../notes/note.js';
import { programName } from '../score/instruments.js';
import { DRUMS, type Score } from '../score/score.js';
import { beatsOf, moveToGrid, roundToSixteenth } from './grid.js';
import { handsOf, hasTwoStaves, stavesOf } from './voices.js';
import {
  COMMON_TIME,
  LOWEST_PITCH,
  QUARTER,
  type Sheet,
  type SheetChange,
  type SheetKey,
  type SheetNote,
  type SheetTime,
  type SheetPart,
} from './sheet.js';
import { estimateKey } from './spell-pitch.js';

/**
 * Converts a performance to sheet music for the piano. Notes move to the grid of `moveToGrid`; middle C and above go to
 * the right hand, the rest to the left. With a meter, its bars, tempos and keys are written. Without one, beats are
 * tracked, bars are four quarters, and the key is estimated. Velocities and notes below C sharp 0 are lost; so are
 * triplets and changes of tempo without a meter. If a hand has more than two voices, notes end earlier.
 *
 * @param meter - Meter of the piece that the performance continues, from its beginning on.
 */
export function performanceSheet(performance: readonly StepNote[], meter?: Meter): Sheet {
  const writable = performance.filter(({ pitch }) => pitch >= LOWEST_PITCH);
  const byMeter = meter && quantizeByMeter(writable, meter);
  const { tempoBpm, notes } = byMeter
    ? { tempoBpm: bpmOf(meter.tempos[0]), notes: byMeter }
    : quantizePerformance(writable);
  return {
    title: 'Performance',
    tempoBpm,
    key: estimateKey(notes),
    ...(byMeter && { changes: changesOf(meter, notes) }),
    parts: [{ name: 'Piano', staves: handsOf(notes) }],
  };
}

/**
 * Converts a score to sheet music with a part for each instrument, on the grid of its own bars and tempos. Otherwise,
 * the rules of `performanceSheet` apply. Drums have a staff of percussion, where each note lasts until the next one
 * or the end of the quarter.
 */
export function scoreSheet({
  ticksPerQuarter,
  parts,
  tempos,
  timeSignatures,
  keys = [],
}: Score): Sheet {
  const quarterOf = <Timed extends { readonly tick: number }>(timed: Timed) => {
    return { ...timed, quarter: timed.tick / ticksPerQuarter };
  };
  const meter = {
    tempos: tempos.map((tempo) => {
      return { ...quarterOf(tempo), secondsPerQuarter: tempo.microsecondsPerQuarter / 1e6 };
    }),
    timeSignatures: timeSignatures.map(quarterOf),
    keys: keys.map(quarterOf),
  };
  const beatAt = beatsOf(meter.timeSignatures);
  const written = parts.map(({ name, program, notes }) => {
    const inTicks = notes
      .filter(({ pitch }) => program === DRUMS || pitch >= LOWEST_PITCH)
      .map((note) => ({ ...note, startStep: note.tick, endStep: note.tick + note.durationTicks }));
    const quarterAt = (tick: number): number => tick / ticksPerQuarter;
    const grid = { quarterAt, beatAt, hasHands: hasTwoStaves(program) };
    return { name, program, notes: moveToGrid(inTicks, grid) };
  });
  const standing = written.filter(({ notes }) => notes.length > 0);
  const pitched = standing.flatMap(({ program, notes }) => (program === DRUMS ? [] : notes));
  pitched.sort((a, b) => a.startDivision - b.startDivision);
  const names = standing.map(({ name, program }) => name ?? titled(programName(program)));
  const sheetParts = standing.map(({ program, notes }, i): SheetPart => {
    const earlier = names.slice(0, i).filter((name) => name === names[i]).length;
    const name = earlier === 0 ? names[i] : `${names[i]} ${earlier + 1}`;
    return { name, program, staves: stavesOf(program, notes) };
  });
  const rest: SheetPart = { name: 'Piano', staves: [{ clef: 'treble', voices: [[]] }] };
  return {
    title: 'Band',
    tempoBpm: DEFAULT_BPM,
    key: estimateKey(pitched),
    changes: changesOf(meter, pitched),
    parts: sheetParts.length > 0 ? sheetParts : [rest],
  };
}

/** Tempo of a score before its first tempo event, in quarters a minute. */
const DEFAULT_BPM = 120;
function titled(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/**
 * Returns the changes of tempo, time signature and key of a meter, at the nearest sixteenths, without repeated time
 * signatures.
 */
function changesOf(
  meter: { readonly [List in keyof Meter]: readonly Omit<Meter[List][number], 'seconds'>[] },
  notes: readonly SheetNote[],
): readonly SheetChange[] {
  let time: SheetTime = COMMON_TIME;
  const isNew = ({ beats, beatType }: SheetTime): boolean => {
    if (beats === time.beats && beatType === time.beatType) return false;
    time = { beats, beatType };
    return true;
  };
  const noteAt = (division: number): number =>
    firstIndex(notes, ({ startDivision }) => startDivision >= division);
  const changes: SheetChange[] = [
    ...meter.tempos.map((tempo) => {
      return { division: roundToSixteenth(tempo.quarter), tempoBpm: bpmOf(tempo) };
    }),
    ...meter.timeSignatures.filter(isNew).map(({ quarter, beats, beatType }) => {
      return { division: roundToSixteenth(quarter), time: { beats, beatType } };
    }),
    ...meter.keys.map(({ quarter, key }, i) => {
      const division = roundToSixteenth(quarter);
      const end = roundToSixteenth(meter.keys.at(i + 1)?.quarter ?? Infinity);
      return { division, key: modeOf(key, notes.slice(noteAt(division), noteAt(end))) };
    }),
  ];
  return changes.sort((a, b) => a.division - b.division);
}

/** Decides by the notes whether a major key is meant as minor, because many files call every key major. */
function modeOf(key: SheetKey, notes: readonly SheetNote[]): SheetKey {
  return key.mode === 'minor' ? key : estimateKey(notes, key.fifths);
}

/** Returns a tempo in quarters a minute, rounded to two decimals. */
function bpmOf({ secondsPerQuarter }: Pick<MeterTempo, 'secondsPerQuarter'>): number {
  return Math.round(6000 / secondsPerQuarter) / 100;
}

/**
 * Maximum length of music in quarters. Longer music is damaged or has an absurd tempo, and its bars would
 * fill the memory.
 */
const MAX_QUARTERS = 200_000;

/** A performance whose notes are quantized to sixteenths. */
export interface QuantizedPerformance {
  /** The median tempo, a whole number of quarters a minute. */
  readonly tempoBpm: number;
  /** Notes in the order of their starts; notes of one pitch do not overlap. */
  readonly notes: readonly SheetNote[];
}

/**
 * Quantizes a performance: beats are tracked, and starts and ends of notes move to the nearest
 * sixteenth. Velocities, changes of tempo, triplets and anything shorter than a sixteenth are lost.
 * The beat of the first note becomes the first of a bar.
 */
export function quantizePerformance(notes: readonly StepNote[]): QuantizedPerformance {
  const beats = trackBeats(notes.map(inSeconds));
  const lengths = beats.slice(1).map((beat, i) => beat - beats[i]);
  const median = lengths.sort((a, b) => a - b)[Math.floor(lengths.length / 2)];
  const beatAt = placesAmong(beats);
  const firstNote = notes.reduce((first, { startStep }) => Math.min(first, startStep), Infinity);
  const firstBeat =
    notes.length === 0 ? 0 : Math.floor(roundToSixteenth(beatAt(firstNote)) / QUARTER);
  return {
    tempoBpm: Math.round((60 * STEPS_PER_SECOND) / median),
    notes: moveToGrid(notes, {
      quarterAt: (step) => beatAt(step) - firstBeat,
      beatAt: () => undefined,
      hasHands: true,
    }),
  };
}

/**
 * Quantizes the notes of a piece with a known meter to its sixteenths and triplets, counted from its beginning.
 *
 * @returns `undefined` for music that lasts more than 200,000 quarters.
 */
function quantizeByMeter(
  notes: readonly StepNote[],
  meter: Meter,
): readonly SheetNote[] | undefined {
  const placeOf = (step: number): number => quarterAt(meter, step / STEPS_PER_SECOND);
  const end = notes.reduce((last, { endStep }) => Math.max(last, endStep), 0);
  if (!(placeOf(end) <= MAX_QUARTERS)) return undefined;
  const beatAt = beatsOf(meter.timeSignatures);
  return moveToGrid(notes, { quarterAt: placeOf, beatAt, hasHands: true });
}

/** Returns a function of a step that returns its position among beats: 1.5 is halfway from the second to the third. */
function placesAmong(beats: readonly number[]): (step: number) => number {
  let beat = 0;
  return (step) => {
    while (beat > 0 && beats[beat] > step) beat--;
    while (beat < beats.length - 2 && beats[beat + 1] <= step) beat++;
    const within = (step - beats[beat]) / (beats[beat + 1] - beats[beat]);
    return beat + within;
  };
}
