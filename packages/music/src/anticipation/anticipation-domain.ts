import type { Domain, Random, TokenExample, TokenPrompt } from '@ramble/core';
import { fixedFactory } from '@ramble/core/domain';

import { pitchName, STEPS_PER_SECOND } from '../events/events.js';
import { programName } from '../score/instruments.js';
import {
  anticipationGrammar,
  type AnticipationInput,
  interleave,
  MAX_INSTRUMENTS,
  slideWindow,
} from './anticipation-grammar.js';
import {
  ANTICIPATE,
  announcement,
  AUTOREGRESS,
  CONTROL,
  decodeInstruments,
  DELTA_STEPS,
  DRUM_INSTRUMENT,
  encodeInstruments,
  FIRST_DURATION,
  FIRST_NOTE,
  fromFirst,
  ID_COUNT,
  type InstrumentNote,
  instrumentOf,
  type InstrumentPiece,
  MAX_STEPS,
  moved,
  PITCHES,
  readTriples,
  REST,
  SEPARATOR,
  SEQUENCE_STEPS,
  stepOf,
  type Triple,
} from './instrument-events.js';

/** The prompt of an output: nothing, a piece to continue, or a piece to accompany. */
export interface AnticipationPrompt {
  readonly piece?: InstrumentPiece;
  /** Number of seconds from the beginning of `piece` that the output continues; default: all. */
  readonly seconds?: number;
  /**
   * Piece to accompany. Notes of the programs that the model generates (`AnticipationRules.programs`) are left out;
   * all other notes are kept.
   */
  readonly given?: InstrumentPiece;
}

/** The domain of the Anticipatory Music Transformer: prompts are pieces, and outputs are notes of any instruments. */
export type AnticipationDomain = Domain<
  InstrumentPiece,
  AnticipationPrompt,
  readonly InstrumentNote[]
>;

/**
 * Domain of music for any instruments, as in the Anticipatory Music Transformer. A sequence begins with
 * `AUTOREGRESS`, or `ANTICIPATE` if it has controls. Each note is a triple of arrival time, duration, and instrument
 * with pitch. Silence is encoded as one rest per second. A control is a note that is known in advance; it precedes
 * the events that begin up to five seconds before it. Times count from the beginning of a sequence. A piece of more
 * than 95 seconds is several sequences. The context window of an output slides, so an output may be longer than 95
 * seconds.
 *
 * @see Thickstun et al. 2023, https://arxiv.org/abs/2306.08620
 */
export const anticipationDomain: AnticipationDomain = {
  name: 'anticipation',
  vocabulary: { size: ID_COUNT, describe: describeInstrumentId },
  stopTokens: [SEPARATOR],
  encodeExample,
  encodePrompt: ({ piece, seconds, given }) => {
    if (given) return promptOf([ANTICIPATE], { given: given.notes });
    if (!piece) return promptOf([AUTOREGRESS], {});
    checkNotes('primer', piece.notes);
    const end = seconds === undefined ? undefined : Math.floor(STEPS_PER_SECOND * seconds);
    const used = piece.notes.filter(({ startStep }) => startStep <= (end ?? Infinity));
    const { rebased, base: first } = fromFirst(withRests(encodeInstruments(used), end));
    if (rebased.length === 0) return promptOf([AUTOREGRESS], {});
    const { ids, base } = encodeWindows(AUTOREGRESS, rebased);
    const begin = end ?? first + rebased[rebased.length - 1][0];
    return promptOf([AUTOREGRESS, ...ids], { minStep: begin - first - base });
  },
  decodeOutput: (ids) => decodeInstruments(readTriples(ids).triples),
  encodeOutput: (notes) => {
    const { rebased } = fromFirst(withRests(encodeInstruments(notes)));
    return [...encodeWindows(AUTOREGRESS, rebased).ids, SEPARATOR];
  },
  augment: withControls,
  segments,
  grammar: anticipationGrammar(),
};

function promptOf(tokens: readonly number[], grammarInput: AnticipationInput): TokenPrompt {
  return { tokens, outputStart: 1, grammarInput, slide: slideWindow };
}

/**
 * Adds rests so that no two events are more than a second apart.
 *
 * @param end - Time in steps up to which rests are added; default: the last event.
 */
function withRests(events: readonly Triple[], end = 0): Triple[] {
  const padded: Triple[] = [];
  let last = 0;
  const restUntil = (step: number): void => {
    while (step > last + STEPS_PER_SECOND) {
      last += STEPS_PER_SECOND;
      padded.push([last, FIRST_DURATION, REST]);
    }
  };
  for (const event of events) {
    restUntil(event[0]);
    padded.push(event);
    last = event[0];
  }
  restUntil(end);
  return padded;
}

/**
 * Number of steps (10 seconds) from the beginning of a window of a long primer to the beginning of the next window.
 * The last window then covers at least the newest 85 seconds.
 */
const ADVANCE_STEPS = 10 * STEPS_PER_SECOND;

/**
 * Encodes events as ids. A piece of more than 95 seconds has several windows, 10 seconds apart. All but the first begin
 * with an `announcement`, and times count from the beginning of the window.
 *
 * @param begin - The id that begins a sequence.
 * @returns the ids after `begin`, and the step at which the last window begins.
 */
function encodeWindows(
  begin: number,
  events: readonly Triple[],
): { readonly ids: readonly number[]; readonly base: number } {
  const ids: number[] = [];
  let base = 0;
  for (const event of events) {
    for (; stepOf(event) - base >= SEQUENCE_STEPS; base += ADVANCE_STEPS) {
      ids.push(...announcement(begin, ADVANCE_STEPS));
    }
    ids.push(...moved(event, -base));
  }
  return { ids, base };
}

function checkNotes(name: string, notes: readonly InstrumentNote[]): void {
  if (notes.length === 0) throw new RangeError(`${name}: the piece has no notes`);
}

function encodeExample({ name, notes, controls }: InstrumentPiece): TokenExample {
  const all = [...notes, ...(controls ?? [])];
  checkNotes(name, notes);
  const { size } = new Set(all.map(({ program }) => program));
  if (size > MAX_INSTRUMENTS) {
    throw new RangeError(`${name}: expected at most ${MAX_INSTRUMENTS} instruments, got ${size}`);
  }
  const events = withRests(
    encodeInstruments(notes),
    Math.max(...all.map((note) => note.startStep)),
  );
  const { rebased } = fromFirst(interleave(events, encodeInstruments(controls ?? [])));
  const [ids, starts]: [number[], number[]] = [[], []];
  for (const triple of rebased) {
    const sequence = triple[2] < CONTROL ? Math.floor(triple[0] / SEQUENCE_STEPS) : 0;
    for (; starts.length <= sequence;) {
      starts.push(ids.length);
      ids.push(controls ? ANTICIPATE : AUTOREGRESS);
    }
    ids.push(...moved(triple, (1 - starts.length) * SEQUENCE_STEPS));
  }
  const tokens = Int32Array.of(...ids, SEPARATOR);
  return { tokens, lossWeights: new Float32Array(tokens.length).fill(1), starts };
}

/**
 * Cuts a sequence into segments that fit into the context. Times count from the beginning of each segment, as in the
 * reference implementation. A segment of more than a hundred seconds is left out.
 */
function* segments({ tokens }: TokenExample, contextLength: number): Generator<TokenExample> {
  const { triples } = readTriples(tokens);
  const count = Math.floor((contextLength - 1) / 3);
  for (let at = 0; at < triples.length && count > 0; at += count) {
    const { rebased } = fromFirst(triples.slice(at, at + count));
    if (rebased.some((triple) => stepOf(triple) >= MAX_STEPS)) continue;
    const segment = Int32Array.of(tokens[0], ...rebased.flat());
    yield { tokens: segment, lossWeights: new Float32Array(segment.length).fill(1) };
  }
}

/** Mean time in seconds between random spans whose notes become controls. */
const SECONDS_BETWEEN_SPANS = 20;

/**
 * Chooses notes of a piece as controls, as the reference implementation does in training: none in a tenth of the
 * cases, random spans of five seconds in a tenth, random notes in four tenths, and all notes of some instruments in
 * the rest.
 *
 * @see Thickstun et al. 2023, section 3.3, https://arxiv.org/abs/2306.08620
 */
function withControls(piece: InstrumentPiece, random: Random): InstrumentPiece {
  const kind = random.integer(0, 10);
  if (kind === 0) return piece;
  const isControl = kind === 1 ? inSpans(random) : kind < 6 ? atRandom(random) : ofInstruments(piece, random); // prettier-ignore
  const chosen = piece.notes.map(isControl);
  const notes = piece.notes.filter((_, i) => !chosen[i]);
  const controls = piece.notes.filter((_, i) => chosen[i]);
  return notes.length === 0 ? piece : { ...piece, notes, controls };
}

type IsControl = (note: InstrumentNote, index: number) => boolean;

function inSpans(random: Random): IsControl {
  let [isInside, change, drawn] = [true, 0, 1];
  return ({ startStep }) => {
    if (isInside && startStep >= change) {
      const seconds = -SECONDS_BETWEEN_SPANS * Math.log(1 - random.uniform(drawn++));
      [isInside, change] = [false, startStep + Math.floor(STEPS_PER_SECOND * seconds)];
    }
    if (!isInside && startStep >= change) [isInside, change] = [true, startStep + DELTA_STEPS];
    return isInside;
  };
}

function atRandom(random: Random): IsControl {
  const share = (1 + random.integer(1, 9)) / 10;
  return (_, index) => random.uniform(2 + index) < share;
}

function ofInstruments({ notes }: InstrumentPiece, random: Random): IsControl {
  const left = [...new Set(notes.map(({ program }) => program))];
  const count = left.length < 2 ? 0 : 1 + random.integer(1, left.length - 1);
  const chosen = Array.from({ length: count }, (_, i) => {
    return left.splice(random.integer(2 + i, left.length), 1)[0];
  });
  return ({ program }) => chosen.includes(program);
}

/** Describes an id for people: `1.25 s`, `lasts 0.5 s`, `grand piano C4`. */
function describeInstrumentId(id: number): string {
  if (id >= SEPARATOR) return ['end of piece', 'autoregress', 'anticipate'][id - SEPARATOR] ?? '';
  if (id >= CONTROL) return `given ${describeInstrumentId(id - CONTROL)}`;
  if (id === REST) return 'rest';
  if (id < FIRST_DURATION) return `${id / STEPS_PER_SECOND} s`;
  if (id < FIRST_NOTE) return `lasts ${(id - FIRST_DURATION) / STEPS_PER_SECOND} s`;
  const instrument = instrumentOf(id);
  const pitch = (id - FIRST_NOTE) % PITCHES;
  return instrument === DRUM_INSTRUMENT
    ? `drums ${pitch}`
    : `${programName(instrument)} ${pitchName(pitch)}`;
}

/** Factory of `anticipationDomain`, which has no options and a fixed vocabulary. */
export const anticipationFactory = fixedFactory(anticipationDomain, 'anticipation.json');
