import type { CutRegion } from '../fill/infill-domain.js';
import { END, type RemiToken, type RemiVocabulary } from '../remi/remi-vocabulary.js';
import {
  advanceBand,
  type BandState,
  BEGINNING,
  inOrder,
  mayFollow,
  type PartOrder,
  withPair,
} from './band-state.js';

/** Given events at one position of a bar: tokens of a tempo and of complete notes. */
interface GivenMoment {
  readonly position: number;
  readonly ids: readonly number[];
}

interface GivenBar {
  /** Id of the bar's time signature. */
  readonly signature: number;
  /** Moments in the order of their positions, each with at least one token. */
  readonly moments: readonly GivenMoment[];
}

/**
 * A region of a score, from a position in its first bar to a position in its last bar. Bars count from 0, and
 * positions from the beginning of their bar.
 */
export interface GridRegion {
  readonly startBar: number;
  readonly startPosition: number;
  /** Last bar of the region, which ends before the position `endPosition` of this bar. */
  readonly lastBar: number;
  readonly endPosition: number;
}

/** Values that a prompt passes to the grammar in addition to its tokens, for an output that keeps given music. */
export interface GivenInput {
  /** Ids of the given score. If there is a region, the notes that the model replaces are left out. */
  readonly ids: Int32Array;
  /** Region in which notes are written; default: everywhere. */
  readonly region?: GridRegion;
  /** Programs of the parts of the given score. */
  readonly programs?: readonly number[];
}

/** Given music, which an output keeps while it adds other parts. */
export interface GivenMusic {
  readonly bars: readonly GivenBar[];
  readonly region?: GridRegion;
  /** Programs of the notes that the model writes in the region; absent without a region. */
  readonly written?: readonly number[];
  /** Order in which the parts' notes at one position are encoded. */
  readonly order: PartOrder;
  /** Number of given notes. */
  readonly notes: number;
}

/**
 * Splits the tokens of a score into bars and moments, without the notes of some programs.
 *
 * @param ids - Ids of the encoded score.
 * @param written - Programs whose notes are left out, because they will be generated.
 * @param mostBars - Maximum number of bars from the beginning.
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

/**
 * Returns the music that an output keeps while it fills in a region, up to the region's last bar.
 *
 * @param asked - Programs that the rules allow in the region.
 * @param areAll - Whether the rules allow all programs. If so, only programs of the given score are written.
 */
export function givenRegion(
  { ids, region, programs = [] }: GivenInput & { readonly region: GridRegion },
  vocabulary: RemiVocabulary,
  asked: readonly number[],
  areAll: boolean,
): GivenMusic {
  const given = givenMusic(ids, vocabulary, [], region.lastBar + 1);
  const bars = [...given.bars];
  const signature = bars.at(-1)?.signature ?? vocabulary.first.timeSignature;
  while (bars.length <= region.lastBar) bars.push({ signature, moments: [] });
  const written = areAll ? asked.filter((program) => programs.includes(program)) : asked;
  if (written.length === 0) {
    throw new RangeError(
      'tracks: the model has learned no track of the given file; name others with --tracks',
    );
  }
  return { ...given, bars, region, written };
}

/** The state of an output that keeps given music. */
export interface FollowingState extends BandState {
  /** Number of the given tokens at the current position that the output has already repeated. */
  readonly followed: number;
}

/** Returns the value that `FollowingState.followed` has after the token `id`. */
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
 * Returns the tokens that may come next in an output that keeps given music. All given bars and notes stay in place.
 * The model may add notes before, between and after them; if a region is set, only within it.
 *
 * @param free - Tokens of notes that the grammar allows: programs, pitches, velocities and durations.
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
  const isFree = (at: number): boolean => isInRegion(given, state.bars - 1, at);
  const programs = free.filter((id) => {
    const token = tokens[id];
    return (
      isFree(position) &&
      token.kind === 'program' &&
      (nextToken?.kind !== 'program' || mayFollow(order, token.program, nextToken.program))
    );
  });
  if (next !== undefined) return [...programs, next];
  if (last === 'position') return programs;
  const later = bar?.moments.find((moment) => moment.position > position);
  const end = later ? later.position : barPositions - 1;
  const positions = Array.from({ length: end - position }, (_, i) => position + 1 + i)
    .filter((at) => at === later?.position || isFree(at))
    .map((at) => first.position + at);
  if (later) return [...programs, ...positions];
  return [...programs, ...positions, state.bars < given.bars.length ? first.bar : END];
}

/** Whether notes may be written at a position. */
function isInRegion({ region }: GivenMusic, bar: number, position: number): boolean {
  if (!region) return true;
  const { startBar, startPosition, lastBar, endPosition } = region;
  return (bar > startBar || position >= startPosition) && (bar < lastBar || position < endPosition);
}

/**
 * Whether the next given token must come now, because it continues a note, or the notes of the program that is playing.
 */
function isForced({ playing }: BandState, next: RemiToken | undefined): boolean {
  return next?.kind !== 'program' || next.program === playing.at(-1);
}

/** Returns the next given token at the current position; `undefined` if no more tokens are given at it. */
function nextGiven(
  given: GivenMusic,
  { bars, position, followed }: FollowingState,
): number | undefined {
  const moments = bars > 0 ? given.bars.at(bars - 1)?.moments : undefined;
  return moments?.find((moment) => moment.position === position)?.ids.at(followed);
}

/**
 * Returns a function that cuts a crop of REMI tokens at two bars, the ends of a region. The region's last notes may
 * last beyond its end. `bar` is the id of the bar token.
 */
export function cutBars(bar: number): CutRegion {
  return (ids, from, to) => {
    const bars = ids.flatMap((id, i) => (id === bar ? [i] : []));
    if (bars.length < 2) return undefined;
    const first = Math.floor(from * (bars.length - 1));
    const last = Math.max(first + 1, Math.floor(to * bars.length));
    const after = ids.slice(bars[last]);
    return { start: bars[first], end: bars[last], closing: [END], after, length: last - first };
  };
}
