import { COMMON_TIME } from '../musicxml/sheet.js';
import { listAt } from '../notes/note.js';
import {
  type BeatSection,
  beatSections,
  DRUMS,
  type Score,
  type ScoreNote,
  type ScorePart,
  sectionAt,
  type TempoChange,
  ticksPerBar,
  type TimeSignature,
} from '../score/score.js';
import {
  DRUM_PITCH_RANGE,
  PITCH_RANGE,
  type RemiVocabulary,
  signatureIndex,
  USUAL_BPM,
} from './remi-vocabulary.js';
import { closest, ticksOf } from './time-values.js';

/** A note on the grid, with the index of its velocity and its duration in the vocabulary. */
export interface GridNote extends ScoreNote {
  readonly velocityIndex: number;
  readonly durationIndex: number;
}

/** A score in the resolution of a vocabulary. */
export interface GridScore {
  readonly ticksPerQuarter: number;
  /** A part for each program that has at least one note. */
  readonly parts: readonly { readonly program: number; readonly notes: readonly GridNote[] }[];
  /** Tempos by their index in the vocabulary; empty if it has no tempos. */
  readonly tempos: readonly { readonly tick: number; readonly tempoIndex: number }[];
  /** Time signatures; the first is at tick 0. */
  readonly timeSignatures: readonly TimeSignature[];
  readonly sections: readonly BeatSection[];
}

/**
 * Moves a score to the grid of a vocabulary: ticks to positions, velocities, durations and tempos to the
 * closest ones, time signatures to the beginnings of bars. Notes of other programs and pitches are
 * dropped, and so are time signatures that the vocabulary does not have.
 *
 * @see MidiTok 3.1, `preprocess_score`
 */
export function quantizeScore(score: Score, vocabulary: RemiVocabulary): GridScore {
  const { positionsPerBeat, uniqueNotes, programs } = vocabulary.settings;
  const known = score.timeSignatures.filter((signature) => signatureIndex(signature) >= 0);
  const fromStart = known.at(0)?.tick === 0 ? known : [{ tick: 0, ...COMMON_TIME }, ...known];
  const finest = fromStart.reduce((finest, { beatType }) => Math.max(finest, beatType), 0);
  const ticksPerQuarter = (positionsPerBeat * finest) / 4;
  const scale = ticksPerQuarter / score.ticksPerQuarter;
  const timeSignatures = alignTimeSignatures(
    fromStart.map((signature) => ({ ...signature, tick: Math.floor(signature.tick * scale) })),
    ticksPerQuarter,
  );
  const sections = beatSections(timeSignatures, ticksPerQuarter);
  const toGrid = (tick: number): number => gridTick(tick, sections, positionsPerBeat);
  const durations = new Map(
    sections.map(({ ticksPerBeat }) => [
      ticksPerBeat,
      vocabulary.durations.map((value) => ticksOf(value, ticksPerBeat)),
    ]),
  );
  const quantizeNote = ({
    tick: at,
    durationTicks: length,
    pitch,
    velocity,
  }: ScoreNote): GridNote => {
    const tick = toGrid(at);
    const velocityIndex = closest(vocabulary.velocities, velocity);
    const lengths = durations.get(sectionAt(sections, tick).ticksPerBeat) ?? [];
    const durationIndex = closest(lengths, length);
    const durationTicks = lengths[durationIndex];
    const newVelocity = vocabulary.velocities[velocityIndex];
    return { tick, durationTicks, pitch, velocity: newVelocity, velocityIndex, durationIndex };
  };
  const parts = mergePrograms(resample(score, ticksPerQuarter))
    .filter(({ program }) => programs.includes(program))
    .map(({ program, notes }) => {
      const kept = notes.filter(({ pitch }) => isInRange(pitch, program)).map(quantizeNote);
      return { program, notes: uniqueNotes ? withoutDoubles(kept) : kept };
    })
    .filter(({ notes }) => notes.length > 0);
  const tempos = quantizeTempos(score.tempos, scale, toGrid, vocabulary);
  return { ticksPerQuarter, parts, tempos, timeSignatures, sections };
}

function isInRange(pitch: number, program: number): boolean {
  const [low, high] = program === DRUMS ? DRUM_PITCH_RANGE : PITCH_RANGE;
  return pitch >= low && pitch <= high;
}

/** Converts the parts of a score to another resolution, in which no note is shorter than a tick. */
function resample(score: Score, ticksPerQuarter: number): readonly ScorePart[] {
  if (score.ticksPerQuarter === ticksPerQuarter) return score.parts; // notes of no length too
  const scale = ticksPerQuarter / score.ticksPerQuarter;
  return score.parts.map(({ program, notes }) => ({
    program,
    notes: notes.map(({ tick, durationTicks, pitch, velocity }) => ({
      tick: Math.round(tick * scale),
      durationTicks: Math.max(1, Math.round(durationTicks * scale)),
      pitch,
      velocity,
    })),
  }));
}

/** Merges the parts of each program at the position of its first part; notes of merged parts are sorted. */
function mergePrograms(parts: readonly ScorePart[]): readonly ScorePart[] {
  const groups = new Map<number, ScorePart[]>();
  for (const part of parts) listAt(groups, part.program).push(part);
  return [...groups].map(([program, group]) => {
    if (group.length === 1) return group[0];
    const notes = group.flatMap((part) => part.notes);
    notes.sort(
      (a, b) =>
        a.tick - b.tick ||
        a.durationTicks - b.durationTicks ||
        a.pitch - b.pitch ||
        a.velocity - b.velocity,
    );
    return { program, notes };
  });
}

/**
 * Returns the tick of the nearest position of the grid. It is only computed if the score has beats of different
 * lengths; otherwise, the tick is returned unchanged, as in MidiTok.
 */
function gridTick(tick: number, sections: readonly BeatSection[], positions: number): number {
  if (sections.length === 1) return tick;
  const { startTick, ticksPerBeat } = sectionAt(sections, tick);
  const step = ticksPerBeat / positions;
  return startTick + roundHalfEven((tick - startTick) / step) * step;
}

function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  return value - down === 0.5 ? down + (down % 2) : Math.round(value);
}

/** Sorts notes by tick and pitch; of notes with the same pitch and tick, only the shortest is kept. */
function withoutDoubles(notes: readonly GridNote[]): readonly GridNote[] {
  const sorted = [...notes].sort(
    (a, b) =>
      a.tick - b.tick ||
      a.pitch - b.pitch ||
      a.durationTicks - b.durationTicks ||
      a.velocity - b.velocity,
  );
  return sorted.filter(
    ({ tick, pitch }, i) => i === 0 || tick !== sorted[i - 1].tick || pitch !== sorted[i - 1].pitch,
  );
}

/** Returns tempos on the grid, the last one of each tick; the first is at tick 0. */
function quantizeTempos(
  tempos: readonly TempoChange[],
  scale: number,
  toGrid: (tick: number) => number,
  { tempos: known }: RemiVocabulary,
): GridScore['tempos'] {
  if (known.length === 0) return [];
  // Compared by the length of a quarter: its ascending order is the order of falling tempos.
  const lengths = [...known].reverse().map((bpm) => 6e7 / bpm);
  const usual = { tick: 0, tempoIndex: closest(known, USUAL_BPM) };
  const byTick = new Map<number, { tick: number; tempoIndex: number }>();
  for (const { tick: at, microsecondsPerQuarter } of tempos) {
    const tick = toGrid(Math.round(at * scale));
    const tempoIndex = known.length - 1 - closest(lengths, microsecondsPerQuarter);
    byTick.set(tick, { tick, tempoIndex });
  }
  const changes = [...byTick.values()];
  return changes.at(0)?.tick === 0 ? changes : [usual, ...changes];
}

/**
 * Aligns time signatures with the beginnings of bars: one within a bar is delayed to the next bar.
 * The last one of a bar counts, and one that changes nothing is dropped.
 *
 * @param signatures - At least one, in order of their ticks; the first at tick 0.
 * @see MidiTok, `_preprocess_time_signatures`
 */
function alignTimeSignatures(
  signatures: readonly TimeSignature[],
  ticksPerQuarter: number,
): readonly TimeSignature[] {
  const aligned: TimeSignature[] = [];
  for (const signature of signatures) {
    const last = aligned.at(-1);
    if (last === undefined) {
      aligned.push(signature);
      continue;
    }
    if (isEqual(signature, last)) continue;
    const bar = ticksPerBar(last, ticksPerQuarter);
    const bars = Math.ceil(Math.max(0, signature.tick - last.tick) / bar);
    const moved = { ...signature, tick: last.tick + bars * bar };
    if (moved.tick === last.tick) aligned.pop();
    const before = aligned.at(-1);
    if (before === undefined || !isEqual(moved, before)) aligned.push(moved);
  }
  return aligned;
}

function isEqual(a: TimeSignature, b: TimeSignature): boolean {
  return a.beats === b.beats && a.beatType === b.beatType;
}
