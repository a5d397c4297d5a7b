import type { Grammar } from '@ramble/core';
import type { Replacement } from '@ramble/core/domain';

import {
  END,
  MAX_SHIFT_STEPS,
  NOTE_OFF,
  NOTE_ON,
  PITCHES,
  SHIFT,
  STEPS_PER_SECOND,
  VELOCITY,
  VELOCITY_BINS,
} from '../events/events.js';
import {
  advanceState,
  canEndFirst,
  eventsToEnd,
  type LengthPrior,
  type PerformanceState,
  restateNotes,
  stateAfter,
} from './performance-state.js';

const ALL_PITCHES = Array.from({ length: PITCHES }, (_, pitch) => pitch);

/** Limits of an output in addition to the grammar; an absent field means no limit. */
export interface PerformanceRules {
  readonly lowestPitch?: number;
  readonly highestPitch?: number;
  /** Pitch classes that may be struck, 0 for C. */
  readonly scale?: ReadonlySet<number>;
  /** Maximum number of notes that sound at once. */
  readonly maxPolyphony?: number;
  /** Maximum length of a note. A note that the next shift could make longer ends first. */
  readonly maxNoteSeconds?: number;
  /** Maximum time without a sounding note, if the other rules allow a note to be struck within it. */
  readonly maxRestSeconds?: number;
  /** Maximum number of notes that begin within any second. */
  readonly maxNotesPerSecond?: number;
  /**
   * Length of the output in seconds. The output begins with a note if the prompt has no notes, and ends at this time,
   * unless it has `maxEvents` events earlier. In its last second, or its last quarter if that is shorter, a note is
   * only struck while fewer than two notes sound.
   */
  readonly lengthSeconds?: number;
  /** Maximum number of events in the output; the last of them end its notes. */
  readonly maxEvents?: number;
  /** Prior that raises the logit of a note's end, increasingly with the time that the note sounds. */
  readonly lengthPrior?: LengthPrior;
}

/**
 * Makes a grammar of the sequences that the encoder can produce. A note ends only while it sounds, at a later step
 * than it was struck at. Notes that end at one step end in the order in which they were struck, before others are
 * struck. A pitch that sounds is not struck again. A velocity event changes the velocity, and a note follows it. A
 * shift follows another shift only if the earlier one is a whole second. The piece ends after its last note's end.
 * Every sequence of notes is encoded in this way, except for notes of one pitch that overlap, as in some files.
 *
 * @throws RangeError if the rules leave no pitch.
 */
export function performanceGrammar(rules: PerformanceRules = {}): Grammar<PerformanceState> {
  const checked = checkRules(rules);
  const allowed = (state: PerformanceState): number[] => allowedEvents(state, checked);
  return {
    start: (prompt) => {
      const state = stateAfter(prompt);
      if (!state.strikes || rules.lengthSeconds === undefined) return state;
      throw new RangeError('lengthSeconds: expected no region to fill with it, got one');
    },
    advance: advanceState,
    allowed,
    mustEnd: (state) => allowed(state).every((id) => id === END),
    prior: rules.lengthPrior,
    instead: (state) => replacements(state, checked),
    restate: restateNotes,
  };
}

/** Rules with defaults filled in. */
interface CheckedRules {
  /** Pitches that may be struck. */
  readonly pitches: readonly number[];
  readonly maxPolyphony: number;
  readonly maxNoteSteps: number;
  readonly maxRestSteps: number;
  readonly maxNotesPerSecond: number;
  readonly lengthSteps?: number;
  readonly maxEvents: number;
}

function checkRules({
  lowestPitch = 0,
  highestPitch = PITCHES - 1,
  scale,
  maxPolyphony = Infinity,
  maxNoteSeconds = Infinity,
  maxRestSeconds = Infinity,
  maxNotesPerSecond = Infinity,
  lengthSeconds,
  maxEvents = Infinity,
}: PerformanceRules): CheckedRules {
  const pitches = ALL_PITCHES.filter(
    (pitch) => pitch >= lowestPitch && pitch <= highestPitch && (scale?.has(pitch % 12) ?? true),
  );
  if (pitches.length === 0) {
    throw new RangeError(
      `lowestPitch: expected a pitch${scale ? ' in the key' : ''} up to highestPitch ` +
        `(${highestPitch}), got none from ${lowestPitch} on`,
    );
  }
  const stepsOf = (seconds: number): number => Math.max(1, Math.round(seconds * STEPS_PER_SECOND));
  const lengthSteps = lengthSeconds && stepsOf(lengthSeconds);
  const [maxNoteSteps, maxRestSteps] = [maxNoteSeconds, maxRestSeconds].map(stepsOf);
  const max = { maxPolyphony, maxNoteSteps, maxRestSteps, maxNotesPerSecond, maxEvents };
  return { ...max, pitches, lengthSteps };
}

function allowedEvents(state: PerformanceState, rules: CheckedRules): number[] {
  const { sounding, step, last } = state;
  const ids = noteOns(state, rules);
  if (last !== 'velocity') {
    if (canStrike(state, rules, step)) ids.push(...velocities(state));
    ids.push(...noteOffs(state, rules), ...shifts(state, rules));
  }
  const affordable = ids.filter((id) => isAffordable(state, id, rules));
  const isComplete = last === 'noteOff' && sounding.length === 0;
  const { to = rules.lengthSteps === undefined ? 0 : lastStep(state, rules) } = state.strikes ?? {};
  const isLongEnough = step >= to;
  // If the rules allow no event, the piece ends.
  if ((isComplete && isLongEnough) || affordable.length === 0) affordable.push(END);
  return affordable;
}

/**
 * Returns the length in steps of the end of the output, in which at most two notes sound. The shifts that a model
 * prefers are too long there, so it would otherwise strike chord after chord.
 */
function closingSteps({ lengthSteps = 0 }: CheckedRules): number {
  return Math.min(MAX_SHIFT_STEPS, Math.floor(lengthSteps / 4));
}

/** Returns the step at which the output must end. */
function lastStep(state: PerformanceState, { lengthSteps = Infinity }: CheckedRules): number {
  return state.startStep + lengthSteps;
}

function noteOns(state: PerformanceState, rules: CheckedRules): number[] {
  if (state.bin === 0 || !canStrike(state, rules, state.step)) return [];
  return rules.pitches.filter((pitch) => isSilent(state, pitch)).map((pitch) => NOTE_ON + pitch);
}

/** Whether any note could be struck at a step if nothing happened until then. */
function canStrike(state: PerformanceState, rules: CheckedRules, step: number): boolean {
  const recent = state.recent.filter((at) => at > step - STEPS_PER_SECOND);
  return (
    step < lastStep(state, rules) && // its end needs a step
    isInRegion(state, step) &&
    (!isOverdue(state, rules) || state.last === 'velocity') &&
    state.sounding.length < rules.maxPolyphony &&
    (state.sounding.length < 2 || step <= lastStep(state, rules) - closingSteps(rules)) &&
    recent.length < rules.maxNotesPerSecond &&
    rules.pitches.some((pitch) => isSilent(state, pitch))
  );
}

/** Whether a step is in the region that the output fills in; true if it fills in none. */
function isInRegion({ strikes }: PerformanceState, step: number): boolean {
  return !strikes || (step >= strikes.from && step < strikes.to);
}

/**
 * Whether a note could exceed its maximum length after the next shift; only the note that was struck first matters.
 * If so, that note must end now. If shifts were shortened instead, a model could only strike chord after chord.
 */
function isOverdue({ sounding, step }: PerformanceState, { maxNoteSteps }: CheckedRules): boolean {
  if (sounding.length === 0) return false;
  const age = step - sounding[0].startStep;
  const slack = Math.min(MAX_SHIFT_STEPS, Math.floor(maxNoteSteps / 2));
  return age > maxNoteSteps - slack || age >= maxNoteSteps;
}

function isSilent({ sounding }: PerformanceState, pitch: number): boolean {
  return !sounding.some((note) => note.pitch === pitch);
}

function velocities({ bin }: PerformanceState): number[] {
  const ids = Array.from({ length: VELOCITY_BINS }, (_, i) => VELOCITY + i);
  return ids.filter((id) => id !== VELOCITY + bin - 1);
}

function noteOffs(state: PerformanceState, rules: CheckedRules): number[] {
  const { sounding, step, hasStruck, releasedOrder } = state;
  if (hasStruck) return [];
  const ending = sounding.filter(
    ({ pitch, order }, i) =>
      order > releasedOrder && sounding.findIndex((note) => note.pitch === pitch) === i,
  );
  // At the very end, and if a note is overdue, no step is left for notes that were struck before.
  const isLast = step >= lastStep(state, rules) || isOverdue(state, rules);
  const atOnce = isLast ? ending.slice(0, 1) : ending;
  return atOnce.map(({ pitch }) => NOTE_OFF + pitch);
}

/**
 * Corrects a model that ends a silent note or strikes a sounding one: it has lost track of the notes, and one of the
 * sounding notes ends in place of the refused event. Without this, too few notes would end.
 */
function* replacements(state: PerformanceState, rules: CheckedRules): Generator<Replacement> {
  const endings = state.last === 'velocity' ? [] : noteOffs(state, rules);
  if (endings.length === 0) return;
  const silent = ALL_PITCHES.filter((pitch) => isSilent(state, pitch));
  yield { refused: silent.map((pitch) => NOTE_OFF + pitch), by: endings };
  for (const ending of endings) yield { refused: [ending - NOTE_OFF + NOTE_ON], by: [ending] };
}

function shifts(state: PerformanceState, rules: CheckedRules): number[] {
  const { sounding, step, last } = state;
  if (last === 'shift') return [];
  // An output of a chosen length begins with a note, so that silence is no part of the length.
  if (rules.lengthSteps !== undefined && step === 0 && state.struck === 0) return [];
  const max = Math.min(MAX_SHIFT_STEPS, lastStep(state, rules) - step, stepsToEnd(state, rules));
  const ids: number[] = [];
  for (let steps = 1; steps <= max; steps++) {
    // After a shift something must happen: a note ends, or one is struck. A region may begin many shifts later.
    const isEarly = steps === MAX_SHIFT_STEPS && step + steps < (state.strikes?.from ?? 0);
    if (isEarly || sounding.length > 0 || canStrike(state, rules, step + steps)) {
      ids.push(SHIFT + steps - 1);
    }
  }
  if (sounding.length > 0) return ids;
  const left = state.endedStep + rules.maxRestSteps - step;
  const short = ids.filter((id) => id - SHIFT + 1 <= left);
  return short.length > 0 || canStrike(state, rules, step) ? short : ids;
}

/** Returns the number of steps until a note must end, which limits the next shift. */
function stepsToEnd(state: PerformanceState, rules: CheckedRules): number {
  const [first] = state.sounding;
  if (state.sounding.length === 0) return Infinity;
  const left = first.startStep + rules.maxNoteSteps - state.step;
  // A prompt may leave notes that are overdue and can only end at a later step than this.
  return left > 0 || canEndFirst(state) ? left : 1;
}

/** Whether enough events are left to end all notes after the event `id`. */
function isAffordable(state: PerformanceState, id: number, { maxEvents }: CheckedRules): boolean {
  const left = maxEvents - state.written - 1;
  return left >= state.sounding.length + 4 || eventsToEnd(advanceState(state, id)) <= left;
}
