import type { Random } from '@ramble/core';

import { PITCH_RANGE, type RemiVocabulary } from '../remi/remi-vocabulary.js';
import { DRUMS, type Score } from '../score/score.js';
import {
  advanceBand,
  type BandState,
  BEGINNING,
  inOrder,
  type PartOrder,
  withPair,
} from './band-state.js';

/** Given events at one position of a bar: a tempo, and notes with all of their tokens. */
interface GivenMoment {
  readonly position: number;
  readonly ids: readonly number[];
}

/** A bar that is given. */
interface GivenBar {
  /** Id of its time signature. */
  readonly signature: number;
  /** Moments in the order of their positions; each has at least one given token. */
  readonly moments: readonly GivenMoment[];
}

/** Music that an output keeps, to which other parts are written. */
export interface GivenMusic {
  readonly bars: readonly GivenBar[];
  /** The order of all its parts. */
  readonly order: PartOrder;
  /** Number of its notes. */
  readonly notes: number;
}

/**
 * Takes the tokens of a score apart, without the notes of some programs.
 *
 * @param ids - The score as encoded.
 * @param written - Programs whose notes are left out: they are to be written.
 * @param mostBars - Number of bars that are taken from the beginning.
 */
export function givenMusic(
  ids: ArrayLike<number>,
  vocabulary: RemiVocabulary,
  written: readonly number[],
  mostBars = Infinity,
): GivenMusic {
  const { tokens } = vocabulary;
  const bars: { signature: number; moments: { position: number; ids: number[] }[] }[] = [];
  const programs: number[] = [];
  let state: BandState = BEGINNING;
  let notes = 0;
  for (const id of Array.from(ids)) {
    state = advanceBand(state, id, vocabulary);
    const { kind } = tokens[id];
    const bar = bars.at(-1);
    const program = state.playing.at(-1);
    if (kind === 'bar') bars.push({ signature: -1, moments: [] });
    else if (kind === 'timeSignature' && bar) bar.signature = id;
    else if (kind === 'position') bar?.moments.push({ position: state.position, ids: [] });
    else if (kind === 'tempo' || (program !== undefined && !written.includes(program))) {
      bar?.moments.at(-1)?.ids.push(id);
      if (kind === 'duration') notes++;
    }
    if (kind === 'program' && program !== undefined && !programs.includes(program)) {
      programs.push(program);
    }
  }
  let order: PartOrder = new Map();
  const parts = inOrder(state.order, programs).filter((program) => !written.includes(program));
  parts.slice(1).forEach((program, i) => (order = withPair(order, parts[i], program)));
  return {
    bars: bars.slice(0, mostBars).map(({ signature, moments }) => ({
      signature,
      moments: moments.filter((moment) => moment.ids.length > 0),
    })),
    order,
    notes,
  };
}

/** Semitones down and up, as in the variations of performances. */
const MOST_SEMITONES = 3;

/**
 * Transposes all but the drums, by up to three semitones that keep every note among the pitches of the
 * vocabulary that was there, uniformly.
 */
export function transposeAtRandom(score: Score, random: Random): Score {
  const [low, high] = PITCH_RANGE;
  const pitches = score.parts
    .filter(({ program }) => program !== DRUMS)
    .flatMap(({ notes }) => notes.map(({ pitch }) => pitch))
    .filter((pitch) => pitch >= low && pitch <= high);
  const lowest = pitches.reduce((a, b) => Math.min(a, b), high);
  const highest = pitches.reduce((a, b) => Math.max(a, b), low);
  const down = Math.min(MOST_SEMITONES, lowest - low);
  const up = Math.min(MOST_SEMITONES, high - highest);
  const semitones = random.integer(0, down + up + 1) - down;
  return {
    ...score,
    parts: score.parts.map((part) =>
      part.program === DRUMS
        ? part
        : {
            ...part,
            notes: part.notes.map((note) => ({ ...note, pitch: note.pitch + semitones })),
          },
    ),
  };
}
