import type { TokenPrompt } from '@ramble/core';

import { eventOf, MAX_SHIFT_STEPS, STEPS_PER_SECOND } from '../events/event-ids.js';

/** A note between its two events. */
interface SoundingNote {
  readonly pitch: number;
  readonly startStep: number;
  /** How many notes of the piece were struck before it. */
  readonly order: number;
}

/** The state of a performance; immutable. */
export interface PerformanceState {
  /** The sounding notes, in the order in which they were struck. */
  readonly sounding: readonly SoundingNote[];
  readonly step: number;
  /** The step at which the output began, after its prompt. */
  readonly startStep: number;
  /** Bin of the last velocity; 0 before any. */
  readonly bin: number;
  /** `longShift` is one of a second, behind which the encoder may write another. */
  readonly last: 'nothing' | 'noteOn' | 'noteOff' | 'velocity' | 'shift' | 'longShift';
  /** Whether a note was struck at this step. */
  readonly hasStruck: boolean;
  /** The latest order of a note that was released at this step; -1 for none. */
  readonly releasedOrder: number;
  /** The step at which a note last ended; 0 before any. */
  readonly endedStep: number;
  /** Notes that were struck so far. */
  readonly struck: number;
  /** Steps of the notes that were struck within the last second. */
  readonly recent: readonly number[];
  /** Events of the output so far. */
  readonly written: number;
}

const BEGINNING: PerformanceState = {
  sounding: [],
  step: 0,
  startStep: 0,
  bin: 0,
  last: 'nothing',
  hasStruck: false,
  releasedOrder: -1,
  endedStep: 0,
  struck: 0,
  recent: [],
  written: 0,
};

/** The state after a prompt, of which the piece counts that it ends in: what is no event begins one. */
export function stateAfter(prompt: TokenPrompt): PerformanceState {
  let state = BEGINNING;
  for (const id of Array.from(prompt.tokens)) {
    state = eventOf(id) ? advanceState(state, id) : BEGINNING;
  }
  return { ...state, startStep: state.step, written: 0 };
}

/** The state after one more event, even one that the grammar forbids. */
export function advanceState(before: PerformanceState, id: number): PerformanceState {
  const state = { ...before, written: before.written + 1 };
  const { sounding, step, struck } = state;
  const event = eventOf(id);
  switch (event?.kind) {
    case 'noteOn':
      return {
        ...state,
        last: 'noteOn',
        hasStruck: true,
        struck: struck + 1,
        sounding: [...sounding, { pitch: event.pitch, startStep: step, order: struck }],
        recent: [...state.recent.filter((at) => at > step - STEPS_PER_SECOND), step],
      };
    case 'noteOff': {
      const ended = sounding.find(({ pitch }) => pitch === event.pitch);
      return {
        ...state,
        last: 'noteOff',
        endedStep: step,
        releasedOrder: Math.max(state.releasedOrder, ended?.order ?? -1),
        sounding: sounding.filter((note) => note !== ended),
      };
    }
    case 'shift':
      return {
        ...state,
        last: event.steps === MAX_SHIFT_STEPS ? 'longShift' : 'shift',
        step: step + event.steps,
        hasStruck: false,
        releasedOrder: -1,
      };
    case 'velocity':
      return { ...state, last: 'velocity', bin: event.bin };
    default:
      return state;
  }
}
