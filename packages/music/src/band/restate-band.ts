import type { RemiVocabulary } from '../remi/remi-vocabulary.js';
import { advanceBand, type BandState, BEGINNING } from './band-state.js';

/**
 * What a window begins with in place of tokens that it no longer holds: the bar, its time signature, the
 * position and the tempo, and the part of a note or bar that is not yet complete.
 */
export function restateBand(forgotten: ArrayLike<number>, vocabulary: RemiVocabulary): number[] {
  let state: BandState = BEGINNING;
  let whole = state; // after the last note, tempo or beginning
  let rest: number[] = [];
  for (const id of Array.from(forgotten)) {
    state = advanceBand(state, id, vocabulary);
    rest.push(id);
    if (state.last === 'duration' || state.last === 'tempo' || state.last === 'special') {
      whole = state;
      rest = [];
    }
  }
  // Of empty bars the last one tells enough.
  rest = rest.slice(Math.max(0, rest.lastIndexOf(vocabulary.first.bar)));
  if (whole.signature < 0) return rest;
  const time = [vocabulary.first.bar, whole.signature, vocabulary.first.position + whole.position];
  return [...time, ...(whole.tempo < 0 ? [] : [whole.tempo]), ...rest];
}
