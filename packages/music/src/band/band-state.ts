import type { RemiKind, RemiVocabulary } from '../remi/remi-vocabulary.js';

/** State of the grammar while a piece for several instruments is written; immutable. */
export interface BandState {
  /** Kind of the last token; `special` at the beginning. */
  readonly last: RemiKind;
  /** Number of bars so far. */
  readonly bars: number;
  /** Number of positions in the current bar. */
  readonly barPositions: number;
  /** Id of the last time signature; `hasNewSignature` is whether it differs from the previous bar's. */
  readonly signature: number;
  readonly hasNewSignature: boolean;
  /** Position in the bar; -1 before any. */
  readonly position: number;
  /** Id of the last tempo; -1 before any. */
  readonly tempo: number;
  /** Programs with notes at the current position, in the order in which they were encoded. */
  readonly playing: readonly number[];
  /** Pitch of the last note of the last program; -1 before any. */
  readonly pitch: number;
  readonly order: PartOrder;
  /** Programs of all notes so far. */
  readonly programs: ReadonlySet<number>;
  /** Number of complete notes. */
  readonly notes: number;
}

/** The state before a piece. */
export const BEGINNING: BandState = {
  last: 'special',
  bars: 0,
  barPositions: 0,
  signature: -1,
  hasNewSignature: false,
  position: -1,
  tempo: -1,
  playing: [],
  pitch: -1,
  order: new Map(),
  programs: new Set(),
  notes: 0,
};

/** Returns the state after one more token, even one that the grammar forbids. */
export function advanceBand(
  state: BandState,
  id: number,
  { tokens, settings }: RemiVocabulary,
): BandState {
  const token = tokens[id];
  const after = { ...state, last: token.kind };
  switch (token.kind) {
    case 'special':
      return BEGINNING;
    case 'bar':
      return { ...after, bars: state.bars + 1, position: -1, playing: [], pitch: -1 };
    case 'timeSignature': {
      const barPositions = token.beats * settings.positionsPerBeat;
      return { ...after, signature: id, hasNewSignature: id !== state.signature, barPositions };
    }
    case 'position':
      return { ...after, position: token.position, playing: [], pitch: -1 };
    case 'tempo':
      return { ...after, tempo: id };
    case 'program': {
      const { program } = token;
      const before = state.playing.at(-1);
      if (before === program) return after;
      const order = before === undefined ? state.order : withPair(state.order, before, program);
      const programs = state.programs.has(program)
        ? state.programs
        : new Set(state.programs).add(program);
      return { ...after, playing: [...state.playing, program], pitch: -1, order, programs };
    }
    case 'pitch':
    case 'drumPitch':
      return { ...after, pitch: token.pitch };
    case 'duration':
      return { ...after, notes: state.notes + 1 };
    default:
      return after;
  }
}

/**
 * Returns the tokens that replace the forgotten ones at the beginning of a context window that has slid: the bar, its
 * time signature, the position and the tempo, and the part of a note or bar that is not yet complete.
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
  // For empty bars, the last one is enough.
  rest = rest.slice(Math.max(0, rest.lastIndexOf(vocabulary.first.bar)));
  if (whole.signature < 0) return rest;
  const time = [vocabulary.first.bar, whole.signature, vocabulary.first.position + whole.position];
  return [...time, ...(whole.tempo < 0 ? [] : [whole.tempo]), ...rest];
}

/**
 * Known order of programs: for each program, the programs that came right after the program at earlier positions. A
 * score has its parts in the same order at all positions. Immutable.
 */
export type PartOrder = ReadonlyMap<number, ReadonlySet<number>>;

/**
 * Whether program `second` may come after program `first` at a position: the two differ, and `second` is not known to
 * come before `first`.
 */
export function mayFollow(order: PartOrder, first: number, second: number): boolean {
  return first !== second && !comesBefore(order, second, first);
}

/** Returns a known order, extended by the fact that program `second` came right after program `first`. */
export function withPair(order: PartOrder, first: number, second: number): PartOrder {
  const after = order.get(first);
  return after?.has(second) ? order : new Map(order).set(first, new Set(after).add(second));
}

/** Sorts programs by their known order; programs without a known order stay in the given order. */
export function inOrder(order: PartOrder, programs: readonly number[]): readonly number[] {
  const left = [...programs];
  const sorted: number[] = [];
  while (left.length > 0) {
    const next = left.findIndex((program) =>
      left.every((other) => other === program || !comesBefore(order, other, program)),
    );
    // Tokens that the encoder did not write may contain a cycle.
    sorted.push(...left.splice(Math.max(0, next), 1));
  }
  return sorted;
}

/** Whether program `first` comes before program `second` in a known order, directly or through other programs. */
function comesBefore(
  order: PartOrder,
  first: number,
  second: number,
  seen = new Set<number>(),
): boolean {
  for (const next of order.get(first) ?? []) {
    if (next === second) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    if (comesBefore(order, next, second, seen)) return true;
  }
  return false;
}
