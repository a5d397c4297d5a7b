import type { RemiKind, RemiVocabulary } from '../remi/remi-vocabulary.js';
import { type PartOrder, withPair } from './part-order.js';

/** The state of a piece of several instruments; immutable. */
export interface BandState {
  /** What the last token was; `special` at the beginning. */
  readonly last: RemiKind;
  /** Number of bars so far. */
  readonly bars: number;
  /** Positions of the bar that has begun. */
  readonly barPositions: number;
  /** Id of the last time signature, and whether it is another than that of the bar before. */
  readonly signature: number;
  readonly hasNewSignature: boolean;
  /** Position in the bar; -1 before any. */
  readonly position: number;
  /** Id of the last tempo; -1 before any. */
  readonly tempo: number;
  /** Programs that play at this position, in their order. */
  readonly playing: readonly number[];
  /** The pitch of the last note of the last of them; -1 before any. */
  readonly pitch: number;
  readonly order: PartOrder;
  /** Notes that are complete. */
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
  notes: 0,
};

/** The state after one more token, even one that the grammar forbids. */
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
      return { ...after, playing: [...state.playing, program], pitch: -1, order };
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
