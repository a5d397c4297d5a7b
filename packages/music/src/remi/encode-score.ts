import { shownValue } from '@ramble/core/files';

import { FAMILIES, FAMILY_PROGRAMS, programRange } from '../score/instruments.js';
import {
  type BeatSection,
  DRUMS,
  endOf,
  type Score,
  sectionAt,
  ticksPerBar,
  ticksPerBeat,
  type TimeSignature,
} from '../score/score.js';
import {
  ALL_PROGRAMS,
  CHORD_QUALITIES,
  DRUM_PITCH_RANGE,
  PITCH_RANGE,
  type RemiVocabulary,
  signatureIndex,
} from './remi-vocabulary.js';
import { type GridNote, type GridScore, quantizeScore } from './quantize-score.js';
import { fill, ticksOf } from './time-values.js';

/** Ids of an event at a tick, such as a note with all its tokens. */
interface ScoreEvent {
  readonly tick: number;
  readonly ids: readonly number[];
  /** Tick from which silence is counted: the end of a note, or the tick of any other event. */
  readonly endTick: number;
  readonly signature?: TimeSignature;
}

/**
 * Encodes a score as ids of REMI, in one stream for all programs: bars with their time signatures, positions
 * in a bar, tempos, and notes of program, pitch, velocity and duration.
 *
 * @see Huang and Yang 2020, https://arxiv.org/abs/2002.00212; von Rütte et al. 2022 for several instruments
 *   (REMI+), https://arxiv.org/abs/2201.10936; the ids equal MidiTok 3.1's
 */
export function encodeScore(score: Score, vocabulary: RemiVocabulary): Int32Array {
  const grid = quantizeScore(score, vocabulary);
  return Int32Array.from(withTime(grid, vocabulary));
}

/** Returns time signatures, tempos and notes as events, in order of their ticks. */
function eventsOf(grid: GridScore, vocabulary: RemiVocabulary): readonly ScoreEvent[] {
  const { first, settings } = vocabulary;
  const events: ScoreEvent[] = [
    ...grid.timeSignatures.map((signature) => {
      return { tick: signature.tick, endTick: signature.tick, ids: [], signature };
    }),
    ...grid.tempos.map(({ tick, tempoIndex }) => {
      return { tick, endTick: tick, ids: [first.tempo + tempoIndex] };
    }),
  ];
  for (const { program, notes } of grid.parts) {
    const programId = first.program + settings.programs.indexOf(program);
    const isDrum = program === DRUMS;
    const lowest = isDrum ? first.drumPitch - DRUM_PITCH_RANGE[0] : first.pitch - PITCH_RANGE[0];
    if (settings.chords && !isDrum) {
      const chords = findChords(notes, grid.sections, settings.positionsPerBeat);
      for (const { tick, quality } of chords) {
        const chordId = first.chord + Object.keys(CHORD_QUALITIES).indexOf(quality);
        events.push({ tick, endTick: tick, ids: [programId, chordId] });
      }
    }
    for (const { tick, durationTicks, pitch, velocityIndex, durationIndex } of notes) {
      const ids = [
        programId,
        lowest + pitch,
        first.velocity + velocityIndex,
        first.duration + durationIndex,
      ];
      events.push({ tick, endTick: tick + durationTicks, ids });
    }
  }
  return events.sort((a, b) => a.tick - b.tick);
}

/** Returns the ids of all events, with the bar, position and rest tokens before them. */
function withTime(grid: GridScore, vocabulary: RemiVocabulary): number[] {
  const { first, settings, rests } = vocabulary;
  const { ticksPerQuarter } = grid;
  const ids: number[] = [];
  let [signature] = grid.timeSignatures;
  let [signatureTick, signatureBar] = [0, 0];
  let [bar, barTick] = [-1, 0];
  let [now, soundsUntil] = [-1, 0];
  for (const { tick, ids: own, endTick, signature: next } of eventsOf(grid, vocabulary)) {
    const beat = ticksPerBeat(signature, ticksPerQuarter);
    const barTicks = ticksPerBar(signature, ticksPerQuarter);
    const barAt = (at: number): number => {
      return signatureBar + Math.floor((at - signatureTick) / barTicks);
    };
    if (tick !== now) {
      const lengths = rests.map((value) => ticksOf(value, beat));
      if (settings.rests && tick - soundsUntil >= lengths[0]) {
        now = Math.max(soundsUntil, now);
        for (const index of fill(tick - now, lengths)) {
          ids.push(first.rest + index);
          now += lengths[index];
        }
        const realBar = barAt(now);
        if (realBar > bar) {
          bar = Math.max(0, bar);
          barTick += (realBar - bar) * barTicks;
          bar = realBar;
        }
      }
      const newBars = barAt(tick) - bar;
      for (let left = newBars; left > 0; left--) {
        bar++;
        barTick = signatureTick + (bar - signatureBar) * barTicks;
        ids.push(first.bar);
        if (left > 1 || !next) ids.push(first.timeSignature + signatureIndex(signature));
      }
      if (!next) {
        const ticksPerPosition = Math.floor(beat / settings.positionsPerBeat);
        ids.push(first.position + Math.floor((tick - barTick) / ticksPerPosition));
      }
      now = tick;
    }
    if (next) {
      signatureBar = barAt(tick);
      signatureTick = tick;
      signature = next;
      ids.push(first.timeSignature + signatureIndex(next));
      now--; // a position follows
    }
    ids.push(...own);
    soundsUntil = Math.max(soundsUntil, endTick);
  }
  return ids;
}

/**
 * Parses a list of programs: `all`, or a list of families, drums, numbers and ranges of numbers:
 * `drums,bass,piano`, `0-7,33`.
 *
 * @param name - Name of the setting, for the error.
 * @returns programs in ascending order, `DRUMS` last.
 * @throws RangeError if the list is invalid.
 */
export function parseTracks(name: string, text: string): readonly number[] {
  if (text === 'all') return ALL_PROGRAMS;
  const programs = new Set(text.split(',').flatMap((part) => programsOf(name, part.trim())));
  return ALL_PROGRAMS.filter((program) => programs.has(program));
}

function programsOf(name: string, part: string): readonly number[] {
  if (part === 'drums') return [DRUMS];
  const family = (FAMILIES as readonly string[]).indexOf(part);
  const first = family * FAMILY_PROGRAMS;
  const range = family < 0 ? part : `${first}-${first + FAMILY_PROGRAMS - 1}`;
  const programs = programRange(range);
  if (programs) return programs;
  throw new RangeError(
    `${name}: expected all, or a list of drums, ${FAMILIES.join(', ')} and numbers from 0 to 127 ` +
      `such as drums,bass,0-5, got ${shownValue(part)}`,
  );
}

/** A chord of one part, by its quality. */
interface FoundChord {
  readonly tick: number;
  readonly quality: string;
}

/** Maximum number of successive notes, from the first one of a chord, that may belong to it. */
const MAX_NOTES = 10;

/**
 * Finds the chords of a part: three to five notes that begin within one position of each other and end within half a
 * beat, and whose intervals above the first note have a name. Inversions are not found.
 *
 * @param notes - In order of their ticks, then pitches.
 * @see MidiTok, `detect_chords`
 */
function findChords(
  notes: readonly GridNote[],
  sections: readonly BeatSection[],
  positionsPerBeat: number,
): readonly FoundChord[] {
  const chords: FoundChord[] = [];
  let lastTick = -1;
  for (let at = 0; at < notes.length;) {
    const first = notes[at];
    if (first.tick === lastTick) {
      at++;
      continue;
    }
    const { ticksPerBeat } = sectionAt(sections, first.tick);
    const halfBeat = Math.floor(ticksPerBeat / 2);
    const latest = first.tick + ticksPerBeat / positionsPerBeat;
    const endsLater = (note: GridNote): number => endOf(note) - endOf(first);
    let together = notes.slice(at, at + MAX_NOTES).filter(({ tick }) => tick <= latest);
    if (together.some((note) => Math.abs(endsLater(note)) > halfBeat)) {
      at += together.length;
      continue;
    }
    if (first.durationTicks <= halfBeat) {
      together = together.filter(({ tick }) => tick === first.tick);
    }
    const chord = together.filter((note) => endsLater(note) <= halfBeat);
    const quality = qualityOf(chord.map(({ pitch }) => pitch - first.pitch));
    if (quality !== undefined) chords.push({ tick: first.tick, quality });
    lastTick = together.reduce((last, { tick }) => Math.max(last, tick), -1);
    at += together.length;
  }
  return chords;
}

function qualityOf(semitones: readonly number[]): string | undefined {
  const key = semitones.join();
  return Object.keys(CHORD_QUALITIES).find((quality) => CHORD_QUALITIES[quality].join() === key);
}
