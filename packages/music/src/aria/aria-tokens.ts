import { pitchName } from '../events/events.js';
import { FAMILIES, FAMILY_PROGRAMS } from '../score/instruments.js';
import { DRUMS, type Score, scoreByProgram } from '../score/score.js';
import { ARIA_PROGRAMS, type AriaNote } from './parse-aria.js';

/**
 * Id of the token that begins a piece. Other special ids are `END` (end of the piece), `UNKNOWN` (a drum that Aria
 * lacks), `ENDING` (announces that the end is near) and `NEXT_SEGMENT` (begins the next five seconds).
 */
export const BEGIN = 0;
export const END = 1;
export const UNKNOWN = 3;
export const ENDING = 4;
export const NEXT_SEGMENT = 5;

/** First id of the prefix tokens: instruments with drums, then composers, forms and genres. */
const FIRST_PREFIX = 6;
const COMPOSERS =
  'bach, beethoven, mozart, chopin, rachmaninoff, liszt, debussy, schubert, brahms, ravel, satie, scarlatti'.split(
    ', ',
  );
const FORMS = 'sonata, prelude, nocturne, étude, waltz, mazurka, impromptu, fugue'.split(', ');
const GENRES = ['jazz', 'classical'];
const DRUM_PREFIX = FIRST_PREFIX + ARIA_PROGRAMS.length;
const FIRST_COMPOSER = DRUM_PREFIX + 1;

const PITCHES = 128;
/** Distance between neighbouring velocities of the vocabulary, which are the multiples of ten from 0 to 120. */
const VELOCITY_STEP = 10;
const VELOCITIES = 13;
export const FIRST_NOTE = FIRST_COMPOSER + COMPOSERS.length + FORMS.length + GENRES.length;
const FIRST_DRUM = FIRST_NOTE + ARIA_PROGRAMS.length * PITCHES * VELOCITIES;
/** Lowest and highest pitch of the drums of General MIDI. */
const DRUM_PITCHES = [35, 81] as const;
const DRUM_VELOCITY = 60;

/** Unit of onsets and durations, in milliseconds. */
export const STEP_MS = 10;
/** Length of a segment in milliseconds. Onsets are times since the start of their segment. */
export const SEGMENT_MS = 5000;
export const FIRST_DURATION = FIRST_DRUM + DRUM_PITCHES[1] - DRUM_PITCHES[0] + 1;
export const FIRST_ONSET = FIRST_DURATION + SEGMENT_MS / STEP_MS + 1;
export const ID_COUNT = FIRST_ONSET + SEGMENT_MS / STEP_MS;

/** Number of tokens before the end of a long piece at which `ENDING` announces the end. */
const ENDING_TOKENS = 100;
/** Maximum number of tokens of a piece whose end is not announced. */
const LONG_TOKENS = 150;

/**
 * Returns the ids before the first note: a prefix id for each program, then `BEGIN`. The programs keep their order;
 * the reference implementation shuffles them.
 */
export function encodeHead(programs: readonly number[]): number[] {
  return [...programs.map(prefixOf), BEGIN];
}

/**
 * Returns notes as ids. Each note is an instrument with pitch and velocity, its onset, and its duration; a drum has no
 * duration.
 *
 * @param notes - In the order of their starts.
 */
export function encodeAria(notes: readonly AriaNote[]): number[] {
  const body: number[] = [];
  let segment = 0;
  for (const { startMs, durationMs, pitch, velocity, program } of notes) {
    for (; segment < Math.floor(startMs / SEGMENT_MS); segment++) body.push(NEXT_SEGMENT);
    const onset = FIRST_ONSET + nearestStep(startMs % SEGMENT_MS, SEGMENT_MS / STEP_MS);
    if (program === DRUMS) {
      const isKnown = pitch >= DRUM_PITCHES[0] && pitch <= DRUM_PITCHES[1];
      body.push(isKnown ? FIRST_DRUM + pitch - DRUM_PITCHES[0] : UNKNOWN, onset);
    } else {
      const steps = Math.max(1, nearestStep(durationMs, SEGMENT_MS / STEP_MS + 1));
      const loudness = Math.max(1, nearestStep(velocity, VELOCITIES));
      body.push(noteId(program, pitch, loudness), onset, FIRST_DURATION + steps);
    }
  }
  return body;
}

/** Returns the id of the prefix that announces an instrument. */
export function prefixOf(program: number): number {
  return program === DRUMS ? DRUM_PREFIX : FIRST_PREFIX + ARIA_PROGRAMS.indexOf(program);
}

function noteId(program: number, pitch: number, loudness: number): number {
  return FIRST_NOTE + (ARIA_PROGRAMS.indexOf(program) * PITCHES + pitch) * VELOCITIES + loudness;
}

/**
 * Returns the index of the multiple of ten, among the first `count` from 0 on, that is nearest to a value. If two are
 * equally near, returns the one that the binary search of the reference implementation meets first.
 */
function nearestStep(value: number, count: number): number {
  let [low, high, nearest] = [0, count - 1, 0];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const distance = (index: number): number => Math.abs(STEP_MS * index - value);
    if (distance(middle) < distance(nearest)) nearest = middle;
    if (STEP_MS * middle < value) low = middle + 1;
    else high = middle - 1;
  }
  return nearest;
}

/** Returns the ids of a piece. If the piece is long, `ENDING` is inserted between two notes near its end. */
export function announceEnd(body: readonly number[]): number[] {
  if (body.length <= LONG_TOKENS) return [...body];
  let at = body.length - ENDING_TOKENS;
  while (body[at] >= FIRST_DURATION) at--;
  return [...body.slice(0, at), ENDING, ...body.slice(at)];
}

/**
 * Decodes ids of a piece, or of a part of a piece without its prefix, into notes. Incomplete notes are left out. If
 * the ids include the prefix, notes of instruments that it does not announce are also left out, as in the reference
 * implementation.
 */
export function decodeAria(ids: readonly number[]): AriaNote[] {
  const first = ids.findIndex((id) => id >= FIRST_NOTE);
  const head = ids.slice(0, Math.max(0, first));
  const isPart = !head.includes(BEGIN); // of a piece whose instruments are not known
  const notes: AriaNote[] = [];
  let startMs = 0;
  for (const [i, id] of ids.entries()) {
    const onset = ids[i + 1] - FIRST_ONSET;
    const steps = ids[i + 2] - FIRST_DURATION;
    if (id === NEXT_SEGMENT) startMs += SEGMENT_MS;
    if (!isNote(id) || !(onset >= 0)) continue;
    const program = programOf(id);
    if (!isPart && !head.includes(prefixOf(program))) continue;
    const at = startMs + STEP_MS * onset;
    if (program === DRUMS) {
      const pitch = id - FIRST_DRUM + DRUM_PITCHES[0];
      notes.push({ startMs: at, durationMs: STEP_MS, pitch, velocity: DRUM_VELOCITY, program });
    } else if (steps >= 0 && steps <= SEGMENT_MS / STEP_MS) {
      const rest = id - FIRST_NOTE;
      const pitch = Math.floor(rest / VELOCITIES) % PITCHES;
      const velocity = VELOCITY_STEP * (rest % VELOCITIES);
      notes.push({ startMs: at, durationMs: STEP_MS * steps, pitch, velocity, program });
    }
  }
  return notes;
}

/** Whether an id announces an instrument, a composer, a form or a genre. */
export function isPrefix(id: number): boolean {
  return id >= FIRST_PREFIX && id < FIRST_NOTE;
}

/** Whether an id is a note or a drum. */
export function isNote(id: number): boolean {
  return id >= FIRST_NOTE && id < FIRST_DURATION;
}

/** Returns the program of a note's id, or `DRUMS`. */
export function programOf(id: number): number {
  if (id >= FIRST_DRUM) return DRUMS;
  return ARIA_PROGRAMS[Math.floor((id - FIRST_NOTE) / (PITCHES * VELOCITIES))];
}

/** Yields the ids of all notes of an instrument, except velocity 0, which no file has. */
export function* notesOf(program: number): Generator<number> {
  if (program === DRUMS) {
    for (let id = FIRST_DRUM; id < FIRST_DURATION; id++) yield id;
    return;
  }
  const first = noteId(program, 0, 0);
  for (let id = first; id < first + PITCHES * VELOCITIES; id++) {
    if ((id - first) % VELOCITIES > 0) yield id;
  }
}

/** Returns notes as a score with one part for each instrument, in which a tick is a millisecond. */
export function ariaScore(notes: readonly AriaNote[]): Score {
  const inTicks = notes.map(({ startMs: tick, durationMs: durationTicks, ...note }) => {
    return { ...note, tick, durationTicks };
  });
  return scoreByProgram(inTicks, 500);
}

const MARKS: readonly string[] = ['begin', 'end', 'padding', 'unknown', 'ending', 'next 5 s'];

/** Describes an id for people: `piano C4, velocity 60`, `at 1.25 s`, `lasts 0.5 s`. */
export function describeAria(id: number): string {
  if (id < FIRST_PREFIX) return MARKS[id] ?? '';
  if (id >= FIRST_ONSET) return `at ${(STEP_MS * (id - FIRST_ONSET)) / 1000} s`;
  if (id >= FIRST_DURATION) return `lasts ${(STEP_MS * (id - FIRST_DURATION)) / 1000} s`;
  if (id >= FIRST_DRUM) return `drums ${id - FIRST_DRUM + DRUM_PITCHES[0]}`;
  if (id >= FIRST_COMPOSER && id < FIRST_NOTE) {
    return [...COMPOSERS, ...FORMS, ...GENRES][id - FIRST_COMPOSER];
  }
  if (id === DRUM_PREFIX) return 'has drums';
  if (id < FIRST_COMPOSER) return `has ${familyOf(ARIA_PROGRAMS[id - FIRST_PREFIX])}`;
  const rest = id - FIRST_NOTE;
  const pitch = pitchName(Math.floor(rest / VELOCITIES) % PITCHES);
  return `${familyOf(programOf(id))} ${pitch}, velocity ${VELOCITY_STEP * (rest % VELOCITIES)}`;
}

function familyOf(program: number): string {
  return FAMILIES[Math.floor(program / FAMILY_PROGRAMS)];
}
