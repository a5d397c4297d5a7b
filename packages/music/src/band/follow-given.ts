import { END, type RemiToken, type RemiVocabulary } from '../remi/remi-vocabulary.js';
import { type BandState, mayFollow } from './band-state.js';
import type { GivenMusic } from './parts.js';

/** The state of an output that keeps given music. */
export interface FollowingState extends BandState {
  /** Number of tokens of the given moment at this position that are written. */
  readonly followed: number;
}

/** Number of tokens of the current given moment that are written after one more token. */
export function followedAfter(
  given: GivenMusic,
  before: FollowingState,
  after: BandState,
  id: number,
): number {
  if (after.last === 'bar' || after.last === 'position') return 0;
  return before.followed + Number(nextGiven(given, before) === id);
}

/**
 * The tokens that may come next in an output that keeps given music. Its bars and all its notes
 * stay in place; notes of other programs may come at any position before, between and after them.
 *
 * @param free - Tokens of notes that the grammar allows: programs, pitches, velocities and
 *   durations.
 */
export function followGiven(
  given: GivenMusic,
  state: FollowingState,
  free: readonly number[],
  { first, tokens }: RemiVocabulary,
): number[] {
  const { last, position, barPositions, order } = state;
  const bar = given.bars.at(state.bars - 1);
  if (last === 'special') return [first.bar];
  if (last === 'bar') return bar && state.bars > 0 ? [bar.signature] : [END];
  const next = nextGiven(given, state);
  const nextToken = next === undefined ? undefined : tokens[next];
  if (next !== undefined && isForced(state, nextToken)) return [next];
  if (last === 'program' || last === 'pitch' || last === 'drumPitch' || last === 'velocity') {
    return [...free];
  }
  const programs = free.filter((id) => {
    const token = tokens[id];
    return (
      token.kind === 'program' &&
      (nextToken?.kind !== 'program' || mayFollow(order, token.program, nextToken.program))
    );
  });
  if (next !== undefined) return [...programs, next];
  if (last === 'position') return programs;
  const later = bar?.moments.find((moment) => moment.position > position);
  const end = later ? later.position : barPositions - 1;
  const positions = Array.from(
    { length: end - position },
    (_, i) => first.position + position + 1 + i,
  );
  if (later) return [...programs, ...positions];
  return [...programs, ...positions, state.bars < given.bars.length ? first.bar : END];
}

/** Whether nothing may come before a given token: it is part of a note, or of notes of one program. */
function isForced({ playing }: BandState, next: RemiToken | undefined): boolean {
  return next?.kind !== 'program' || next.program === playing.at(-1);
}

/** The next token of what is given at this position. */
function nextGiven(
  given: GivenMusic,
  { bars, position, followed }: FollowingState,
): number | undefined {
  const moments = bars > 0 ? given.bars.at(bars - 1)?.moments : undefined;
  return moments?.find((moment) => moment.position === position)?.ids.at(followed);
}
