import { STEPS_PER_SECOND } from '../events/events.js';
import type { Note } from '../notes/note.js';
import { onsetTrain } from './onset-train.js';

/** Slowest and fastest tempo that is estimated, in beats a minute. */
export const TEMPO_RANGE = [40, 240] as const;
const STEPS_PER_MINUTE = 60 * STEPS_PER_SECOND;
/** Most usual tempo of beats, and the number of octaves around it in which beats are likely. */
const USUAL_TEMPO = 110;
const USUAL_OCTAVES = 0.9;

/**
 * The tempo of notes, from how far their onsets are apart: the period at which the train of onsets is most
 * like itself, weighted by how usual it is as a beat.
 *
 * @returns beats a minute, within {@link TEMPO_RANGE}; `undefined` if no two notes are a beat
 *   apart.
 * @see Ellis 2007, Beat Tracking by Dynamic Programming, section 3.2,
 *   https://www.ee.columbia.edu/~dpwe/pubs/Ellis07-beattrack.pdf
 */
export function estimateTempo(notes: readonly Pick<Note, 'startSeconds'>[]): number | undefined {
  const { strengths } = onsetTrain(notes);
  const [slowest, fastest] = TEMPO_RANGE;
  let [best, bestScore] = [0, 0];
  for (let lag = STEPS_PER_MINUTE / fastest; lag <= STEPS_PER_MINUTE / slowest; lag++) {
    const octaves = Math.log2(STEPS_PER_MINUTE / lag / USUAL_TEMPO) / USUAL_OCTAVES;
    const score = likeItself(strengths, lag) * Math.exp(-0.5 * octaves * octaves);
    if (score > bestScore) [best, bestScore] = [lag, score];
  }
  return best > 0 ? STEPS_PER_MINUTE / best : undefined;
}

function likeItself(onsets: Float64Array, lag: number): number {
  let sum = 0;
  for (let step = lag; step < onsets.length; step++) sum += onsets[step] * onsets[step - lag];
  return sum;
}
