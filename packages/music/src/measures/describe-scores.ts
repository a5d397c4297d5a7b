import type { Statistic } from '@ramble/core/app';

import { encodeScore } from '../remi/encode-score.js';
import { REMI_DEFAULTS, remiVocabulary, USUAL_BPM } from '../remi/remi-vocabulary.js';
import { FAMILIES, FAMILY_PROGRAMS } from '../score/instruments.js';
import {
  DRUMS,
  endOf,
  lastTick,
  type Score,
  type ScoreNote,
  type ScorePart,
} from '../score/score.js';
import { copiesAmong, selfSimilarity } from './copied-share.js';
import {
  notesAtOnce,
  notesAtOnceOverTime,
  soundingShares,
  type SoundingPiece,
} from './polyphony.js';
import { beatPartShares, positionShares, signatureShares, ticksToBars } from './rhythm.js';
import {
  bitsOf,
  gapsOf,
  meanOf,
  melodyShares,
  pitchClassShares,
  sharesByNumber,
  sharesOf,
  timeClasses,
  velocityShares,
} from './shares.js';

/** Upper ends of the classes of lengths and gaps, in quarter notes. */
const QUARTERS = [1 / 4, 1 / 2, 1, 2, 4];
const QUARTER_NAMES = [
  'below 1/4',
  '1/4 to below 1/2',
  '1/2 to below 1',
  '1 to below 2',
  '2 to below 4',
  '4 or more',
];
const lengthShares = timeClasses(QUARTERS, QUARTER_NAMES);
const onsetShares = timeClasses([Number.MIN_VALUE, ...QUARTERS], ['together', ...QUARTER_NAMES]);
/** Number of bars over which simultaneous notes are averaged. */
const PART_BARS = 4;

const VOCABULARY = remiVocabulary(REMI_DEFAULTS);
const copies = copiesAmong(idsInAnyKey);

/**
 * Computes statistics of scores: notes and tracks per bar, instruments, and their change in time; lengths and
 * velocities of notes, times between onsets, and their places in the bar; use of the twelve pitch classes,
 * and steps of a track's melody; repetition, and copies from the data in any key. Drums do not count for
 * pitches, lengths and notes at once. A score lasts until its last note ends.
 *
 * @param data - Scores in which copies are searched; a score among them is not its own copy.
 */
export function describeScores(
  scores: readonly Score[],
  data: readonly Score[] = [],
): readonly Statistic[] {
  const all = scores.filter((score) => notesOf(score.parts).length > 0);
  const parts = all.flatMap((score) => score.parts).filter((part) => part.notes.length > 0);
  const notes = notesOf(parts);
  const pitched = notesOf(parts.filter(isPitched));
  const inQuarters = all.map((score) => pieceOf(score, (tick) => tick / score.ticksPerQuarter));
  const inBars = all.map((score) => pieceOf(score, ticksToBars(score)));
  const bars = inBars.reduce((sum, { length }) => sum + length, 0);
  const lengths = all.flatMap(lengthsOf);
  const longest = lengths.reduce((max, length) => Math.max(max, length), 0);
  const pitchClasses = pitchClassShares(pitched);
  return [
    { name: 'bars a piece', value: bars / Math.max(1, all.length) },
    { name: 'tracks a piece', value: parts.length / Math.max(1, all.length) },
    { name: 'notes a bar', value: bars === 0 ? 0 : notes.length / bars },
    { name: 'notes at once', value: notesAtOnce(inQuarters) },
    ...(lengths.length > 0
      ? [
          ...meanOf('quarters a note', lengths),
          { name: 'longest note, quarters', value: longest },
          { name: 'pitch-class entropy, bits', value: bitsOf(pitchClasses) },
        ]
      : []),
    ...meanOf('quarters a minute', all.map(meanTempo)),
    ...meanOf(
      'self-similarity',
      inBars.map((piece) => selfSimilarity(piece, 1)),
    ),
    ...(data.length > 0 ? [{ name: 'copied spans of 32 tokens', value: copies(all, data) }] : []),
    {
      name: 'notes at once, over time',
      values: notesAtOnceOverTime(inBars, PART_BARS, spanOfBars),
    },
    { name: 'sounding at once', shares: soundingShares(inQuarters) },
    { name: 'tracks in a bar', shares: sharesByNumber(all.flatMap(tracksInBars)) },
    { name: 'notes by instrument', shares: instrumentShares(parts) },
    { name: 'note length, quarters', shares: lengthShares(lengths) },
    { name: 'onset to onset in a track, quarters', shares: onsetShares(all.flatMap(gapsInTracks)) },
    { name: 'position in the bar', shares: positionShares(all) },
    { name: 'position in the beat', shares: beatPartShares(all) },
    { name: 'velocity', shares: velocityShares(notes) },
    { name: 'pitch class', shares: pitchClasses },
    {
      name: 'melody of a track, half tones',
      shares: melodyShares(parts.filter(isPitched).map(topLine)),
    },
    { name: 'time signature', shares: signatureShares(all) },
  ];
}

function isPitched({ program }: ScorePart): boolean {
  return program !== DRUMS;
}

function notesOf(parts: readonly ScorePart[]): readonly ScoreNote[] {
  return parts.flatMap(({ notes }) => notes);
}

/** Returns the pitched notes of a score, with times in the unit that `timeAt` returns. */
function pieceOf(score: Score, timeAt: (tick: number) => number): SoundingPiece {
  return {
    notes: notesOf(score.parts.filter(isPitched)).map((note) => ({
      start: timeAt(note.tick),
      end: timeAt(endOf(note)),
      pitch: note.pitch,
    })),
    length: timeAt(lastTick(score.parts)),
  };
}

/** Returns the lengths of the pitched notes of a score in quarters. */
function lengthsOf({ parts, ticksPerQuarter }: Score): number[] {
  return notesOf(parts.filter(isPitched)).map((note) => note.durationTicks / ticksPerQuarter);
}

/** Returns the times, in quarters, from each onset to the next onset of the same track. */
function gapsInTracks({ parts, ticksPerQuarter }: Score): number[] {
  return parts.flatMap(({ notes }) =>
    gapsOf(notes.map(({ tick }) => tick)).map((ticks) => ticks / ticksPerQuarter),
  );
}

/** Returns the highest note of each onset of a track, in order of time. */
function topLine({ notes }: ScorePart): readonly ScoreNote[] {
  const upwards = [...notes].sort((a, b) => a.pitch - b.pitch);
  const highest = new Map(upwards.map((note) => [note.tick, note]));
  return [...highest.values()].sort((a, b) => a.tick - b.tick);
}

/** Returns the number of tracks, including drums, that sound in each bar; each bar has the weight 1. */
function tracksInBars(score: Score): (readonly [tracks: number, weight: 1])[] {
  const barAt = ticksToBars(score);
  const tracks = new Int32Array(Math.ceil(barAt(lastTick(score.parts))));
  for (const { notes } of score.parts) {
    const bars = notes.flatMap((note) => {
      const first = Math.floor(barAt(note.tick));
      return Array.from({ length: Math.ceil(barAt(endOf(note))) - first }, (_, i) => first + i);
    });
    for (const bar of new Set(bars)) tracks[bar]++;
  }
  return Array.from(tracks, (count) => [count, 1] as const);
}

/** Returns the fractions of notes by families of instruments, and drums. */
function instrumentShares(parts: readonly ScorePart[]): Record<string, number> {
  const names = parts.flatMap(({ program, notes }) => {
    const name = program === DRUMS ? 'drums' : FAMILIES[Math.floor(program / FAMILY_PROGRAMS)];
    return notes.map(() => name);
  });
  return sharesOf(names, (name) => name, [...FAMILIES, 'drums']);
}

/** Returns the mean tempo of a score over time, in quarters a minute. */
function meanTempo(score: Score): number {
  const end = lastTick(score.parts);
  const tempos = [{ tick: 0, microsecondsPerQuarter: 6e7 / USUAL_BPM }, ...score.tempos];
  const microseconds = tempos.reduce((sum, { tick, microsecondsPerQuarter }, i) => {
    const until = Math.min(end, tempos.at(i + 1)?.tick ?? end);
    return sum + Math.max(0, until - tick) * microsecondsPerQuarter;
  }, 0);
  return (6e7 * end) / microseconds;
}

/**
 * Returns the tokens of a score with pitches as intervals from the previous pitch, so that they are the same
 * in any key.
 */
function idsInAnyKey(score: Score): number[] {
  let before: number | undefined;
  return Array.from(encodeScore(score, VOCABULARY), (id) => {
    const token = VOCABULARY.tokens[id];
    if (token.kind !== 'pitch') return id;
    const step = token.pitch - (before ?? token.pitch);
    before = token.pitch;
    return VOCABULARY.tokens.length + 127 + step;
  });
}

function spanOfBars(from: number, to?: number): string {
  return to === undefined ? `bar ${from + 1} or later` : `bars ${from + 1} to ${to}`;
}
