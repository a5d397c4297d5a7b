import type { Statistic } from '@ramble/core/app';
import { isObject, parseJson, shownValue } from '@ramble/core/files';

import { pitchClassShares } from '../measures/shares.js';
import {
  COMMON_TIME,
  LOWEST_PITCH,
  QUARTER,
  type Sheet,
  type SheetNote,
  SIXTEENTH,
} from '../musicxml/sheet.js';
import { estimateKey } from '../musicxml/spell-pitch.js';
import { DRUMS, endOf, lastTick, type Score } from '../score/score.js';

/**
 * A step of a chorale: the pitches of soprano, alto, tenor and bass; `SILENT` for a voice that
 * rests.
 */
export type ChoraleStep = readonly [number, number, number, number];

/**
 * A chorale on a grid of sixteenths. It does not distinguish held notes from repeated ones.
 */
export type Chorale = readonly ChoraleStep[];

/** The four voices of a step, from the highest to the lowest. */
export const VOICES = ['Soprano', 'Alto', 'Tenor', 'Bass'] as const;
export const SILENT = -1;

/**
 * Parses the chorales of a JSON file: a list of chorales, each a list of steps, each four pitches; or an object with
 * several such lists, such as train, valid and test, which are read one after the other.
 *
 * @param name - Name of the file, for error messages.
 * @throws RangeError that names the position.
 * @see https://github.com/czhuang/JSB-Chorales-dataset, `Jsb16thSeparated.json`
 */
export function parseChorales(name: string, text: string): readonly Chorale[] {
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch (cause) {
    throw new RangeError(`${name}: expected JSON, got other text`, { cause });
  }
  if (!isObject(parsed)) return checkChorales(name, parsed);
  const lists = Object.entries(parsed);
  if (lists.length === 0) return checkChorales(name, parsed);
  return lists.flatMap(([key, list]) => checkChorales(`${name}: ${key}`, list));
}

function checkChorales(place: string, list: unknown): readonly Chorale[] {
  if (!Array.isArray(list)) {
    throw new RangeError(`${place}: expected a list of chorales, got ${show(list)}`);
  }
  return list.map((chorale: unknown, i) => {
    const at = `${place}: chorale ${i + 1}`;
    if (!Array.isArray(chorale) || chorale.length === 0) {
      throw new RangeError(`${at}: expected a list of steps, got ${show(chorale)}`);
    }
    return chorale.map((step: unknown, n) => checkStep(`${at}, step ${n + 1}`, step));
  });
}

function checkStep(place: string, step: unknown): ChoraleStep {
  const isStep =
    Array.isArray(step) &&
    step.length === VOICES.length &&
    step.every((pitch) => Number.isInteger(pitch) && pitch >= SILENT && pitch < 128);
  if (isStep) return step as unknown as ChoraleStep; // as just checked
  throw new RangeError(`${place}: expected four pitches from -1 to 127, got ${show(step)}`);
}

function show(value: unknown): string {
  return shownValue(value, 40);
}

/**
 * Returns the notes of a voice. Consecutive equal pitches are one held note.
 *
 * @param voice - 0 for soprano, 3 for bass.
 */
function voiceNotes(chorale: Chorale, voice: number): readonly SheetNote[] {
  const notes: SheetNote[] = [];
  let from = 0;
  const pitchAt = (step: number): number | undefined => chorale.at(step)?.[voice];
  for (let step = 1; step <= chorale.length; step++) {
    const pitch = pitchAt(from);
    if (step < chorale.length && pitchAt(step) === pitch) continue;
    if (pitch !== undefined && pitch !== SILENT) {
      notes.push({ startDivision: SIXTEENTH * from, endDivision: SIXTEENTH * step, pitch });
    }
    from = step;
  }
  return notes;
}

/** Tempo of chorales in quarters a minute, which the data does not contain. */
const CHORALE_TEMPO_BPM = 100;
const TICKS_PER_DIVISION = 40;
const VELOCITY = 77;
/** The MIDI program of a choir. */
const CHOIR = 52;

/** Converts a chorale into a score with a part for each voice, in bars of four quarters. */
export function choraleScore(chorale: Chorale): Score {
  return {
    name: 'chorale',
    ticksPerQuarter: QUARTER * TICKS_PER_DIVISION,
    parts: VOICES.map((name, voice) => ({
      name,
      program: CHOIR,
      notes: voiceNotes(chorale, voice).map(({ startDivision, endDivision, pitch }) => ({
        tick: startDivision * TICKS_PER_DIVISION,
        durationTicks: (endDivision - startDivision) * TICKS_PER_DIVISION,
        pitch,
        velocity: VELOCITY,
      })),
    })),
    tempos: [{ tick: 0, microsecondsPerQuarter: 60_000_000 / CHORALE_TEMPO_BPM }],
    timeSignatures: [{ tick: 0, ...COMMON_TIME }],
    repairs: [],
  };
}

/**
 * Converts a score into a chorale. Its first four parts with notes are the voices from soprano to bass; drums are left
 * out, and missing voices are silent. Notes move to the nearest sixteenth. If several notes of a part sound at once,
 * the highest is taken.
 *
 * @throws RangeError that names the score, if it has no notes.
 */
export function scoreChorale({ name, ticksPerQuarter, parts }: Score): Chorale {
  const voices = parts.filter(({ program, notes }) => program !== DRUMS && notes.length > 0);
  if (voices.length === 0) throw new RangeError(`${name}: no part other than drums has notes`);
  const sixteenth = (tick: number): number =>
    Math.round((tick * QUARTER) / (SIXTEENTH * ticksPerQuarter));
  const length = Math.max(1, sixteenth(lastTick(voices)));
  const pitches = VOICES.map((_, voice) => {
    const row = new Int32Array(length).fill(SILENT);
    for (const note of voices.at(voice)?.notes ?? []) {
      for (let step = sixteenth(note.tick); step < sixteenth(endOf(note)); step++) {
        row[step] = Math.max(row[step], note.pitch);
      }
    }
    return row;
  });
  return Array.from({ length }, (_, step): ChoraleStep => {
    const [soprano, alto, tenor, bass] = pitches.map((row) => row[step]);
    return [soprano, alto, tenor, bass];
  });
}

/** All pairs of indices of two voices, the higher voice first. */
const PAIRS = VOICES.flatMap((_, low) => VOICES.slice(0, low).map((__, high) => [high, low]));
const OCTAVE = 12;
const FIFTH = 7;
const SIXTEENTHS_PER_BAR = 16;

/**
 * Computes statistics of chorales: notes in a bar of four quarters; parallel fifths and octaves, which the rules of
 * counterpoint forbid; and the fraction of time in which a voice is higher than a voice above it.
 */
export function describeChorales(chorales: readonly Chorale[]): readonly Statistic[] {
  const steps = chorales.flat();
  if (steps.length === 0) return [];
  const bars = steps.length / SIXTEENTHS_PER_BAR;
  const notes = chorales.flatMap((chorale) => VOICES.flatMap((_, i) => voiceNotes(chorale, i)));
  const parallels = (interval: number): number =>
    chorales.reduce((sum, chorale) => sum + countParallels(chorale, interval), 0);
  return [
    { name: 'bars a piece', value: bars / chorales.length },
    { name: 'notes a bar', value: notes.length / bars },
    { name: 'parallel fifths in 100 bars', value: (100 * parallels(FIFTH)) / bars },
    { name: 'parallel octaves in 100 bars', value: (100 * parallels(0)) / bars },
    { name: 'time with crossed voices', value: steps.filter(isCrossed).length / steps.length },
    { name: 'pitch class', shares: pitchClassShares(notes) },
  ];
}

/**
 * Counts the moves in which two voices go in the same direction and keep an interval. The interval is in semitones
 * from 0 to 11; octaves are ignored.
 */
function countParallels(chorale: Chorale, interval: number): number {
  return chorale.slice(1).reduce((sum, after, i) => {
    const before = chorale[i];
    return (
      sum +
      PAIRS.filter(([high, low]) => {
        const pitches = [before[high], before[low], after[high], after[low]];
        const [up, down] = [after[high] - before[high], after[low] - before[low]];
        const isParallel = [before, after].every(
          (step) => mod(step[high] - step[low]) === interval,
        );
        return !pitches.includes(SILENT) && up * down > 0 && isParallel;
      }).length
    );
  }, 0);
}

/** Returns an interval within an octave, 0 to 11. */
function mod(semitones: number): number {
  return ((semitones % OCTAVE) + OCTAVE) % OCTAVE;
}

/** Whether a voice of a step is higher than one of the voices above it. */
function isCrossed(step: ChoraleStep): boolean {
  return PAIRS.some(([high, low]) => step[high] !== SILENT && step[low] > step[high]);
}

/** The clefs that choirs read, from soprano to bass. */
const CLEFS = ['treble', 'treble', 'treble8', 'bass'] as const;

/**
 * Converts a chorale to sheet music for a choir, with a staff for each voice and an estimated key. The data
 * has no bar lines: bars are four quarters from the first step, so an upbeat is not recognized. Notes below C
 * sharp 0 cannot be written and are left out.
 */
export function choraleSheet(chorale: Chorale): Sheet {
  const voices = VOICES.map((_, voice) =>
    voiceNotes(chorale, voice).filter(({ pitch }) => pitch >= LOWEST_PITCH),
  );
  return {
    title: 'Chorale',
    tempoBpm: CHORALE_TEMPO_BPM,
    key: estimateKey(voices.flat()),
    parts: VOICES.map((name, i) => ({ name, staves: [{ clef: CLEFS[i], voices: [voices[i]] }] })),
  };
}
