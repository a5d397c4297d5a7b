import type { Domain, DomainFactory, Files } from '@ramble/core';
import { parseJson, shownText, shownValue } from '@ramble/core/files';

import { PITCHES, pitchName, STEPS_PER_SECOND } from '../events/events.js';
import { LOWEST_PITCH, type Sheet, type SheetNote } from '../musicxml/sheet.js';
import { estimateKey } from '../musicxml/spell-pitch.js';
import type { StepNote } from '../notes/note.js';

/**
 * A step of a chorale: the pitches of soprano, alto, tenor and bass; `SILENT` for a voice that
 * rests.
 */
export type ChoraleStep = readonly [number, number, number, number];

/**
 * A chorale on a grid of sixteenths. It does not distinguish held notes from repeated ones.
 */
export type Chorale = readonly ChoraleStep[];

const VOICES = 4;
export const SILENT = -1;

/**
 * Parses the chorales of a JSON file: a list of chorales, each a list of steps, each four pitches.
 *
 * @param name - Of the file, for error messages.
 * @throws RangeError that names the position.
 * @see https://github.com/czhuang/JSB-Chorales-dataset, `Jsb16thSeparated.json`
 */
export function parseChorales(name: string, text: string): readonly Chorale[] {
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch (cause) {
    throw new RangeError(`${name}: expected JSON, got other text`, { cause });
  }
  if (!Array.isArray(parsed)) {
    throw new RangeError(`${name}: expected a list of chorales, got ${describeOther(parsed)}`);
  }
  return parsed.map((chorale: unknown, i) => {
    const place = `${name}: chorale ${i + 1}`;
    if (!Array.isArray(chorale) || chorale.length === 0) {
      throw new RangeError(`${place}: expected a list of steps, got ${show(chorale)}`);
    }
    return chorale.map((step: unknown, at) => checkStep(`${place}, step ${at + 1}`, step));
  });
}

/**
 * Describes a value that is not a list. For the data set's original file, it advises to use
 * separate lists.
 */
function describeOther(parsed: unknown): string {
  const fields = typeof parsed === 'object' && parsed !== null ? Object.keys(parsed) : [];
  if (!fields.includes('train')) return show(parsed);
  return `several: ${shownText(fields.join(', '))}. The corpus jsb-chorales has each list in a file of its own`;
}

function checkStep(place: string, step: unknown): ChoraleStep {
  const isStep =
    Array.isArray(step) &&
    step.length === VOICES &&
    step.every((pitch) => Number.isInteger(pitch) && pitch >= SILENT && pitch < 128);
  if (isStep) return step as unknown as ChoraleStep; // as just checked
  throw new RangeError(`${place}: expected four pitches from -1 to 127, got ${show(step)}`);
}

function show(value: unknown): string {
  return shownValue(value, 40);
}

/**
 * Returns the notes of a voice, on the grid of sixteenths. Consecutive equal pitches are one held note.
 *
 * @param voice - 0 for soprano, 3 for bass.
 */
function voiceNotes(chorale: Chorale, voice: number): readonly SheetNote[] {
  const notes: SheetNote[] = [];
  let from = 0;
  const pitchAt = (step: number): number | undefined => chorale.at(step)?.[voice];
  for (let step = 1; step <= chorale.length; step++) {
    const pitch = pitchAt(from);
    if (step < chorale.length && pitchAt(step) === pitch) continue;
    if (pitch !== undefined && pitch !== SILENT) {
      notes.push({ startSixteenth: from, endSixteenth: step, pitch });
    }
    from = step;
  }
  return notes;
}

/** The id of a rest, after the ids of the pitches. */
const SILENCE = PITCHES;
/** The id before the first step and after the last. */
export const CHORALE_END = SILENCE + 1;
const CHORALE_IDS = CHORALE_END + 1;

/** Tempo of chorales in quarters a minute, which the data does not contain. */
const CHORALE_TEMPO_BPM = 100;
const STEPS_PER_SIXTEENTH = (60 * STEPS_PER_SECOND) / CHORALE_TEMPO_BPM / 4;
const VELOCITY = 77;

/**
 * Encodes a chorale: step by step soprano, alto, tenor and bass, each a pitch or silence.
 *
 * @see Huang et al. 2018, section 4.1, https://arxiv.org/abs/1809.04281
 */
export function encodeChorale(chorale: Chorale): Int32Array {
  return Int32Array.from(chorale.flat(), (pitch) => (pitch === SILENT ? SILENCE : pitch));
}

/** Decodes ids into a chorale. An incomplete last step and invalid ids are left out. */
export function decodeChorale(ids: Iterable<number>): Chorale {
  const pitches = Array.from(ids)
    .filter((id) => Number.isInteger(id) && id >= 0 && id <= SILENCE)
    .map((id) => (id === SILENCE ? SILENT : id));
  return Array.from({ length: Math.floor(pitches.length / VOICES) }, (_, i) => {
    const [soprano, alto, tenor, bass] = pitches.slice(VOICES * i);
    return [soprano, alto, tenor, bass] as const;
  });
}

/** Converts a chorale into notes. Repeated pitches of a voice become one held note. */
export function choraleNotes(chorale: Chorale): readonly StepNote[] {
  return Array.from({ length: VOICES }, (_, voice) => voiceNotes(chorale, voice))
    .flat()
    .map(({ startSixteenth, endSixteenth, pitch }) => ({
      startStep: startSixteenth * STEPS_PER_SIXTEENTH,
      endStep: endSixteenth * STEPS_PER_SIXTEENTH,
      pitch,
      velocity: VELOCITY,
    }));
}

/** The domain of chorales: prompts and outputs are chorales. */
export type ChoraleDomain = Domain<Chorale, Chorale, Chorale>;

const FILE = 'chorales.json';

/** Four-part chorales on a grid of sixteenths, with one token per voice and step. */
export const choraleDomain: ChoraleDomain = {
  name: 'chorales',
  vocabulary: { size: CHORALE_IDS, describe },
  stopTokens: [CHORALE_END],
  encodeExample: (chorale) => {
    if (chorale.length === 0) throw new RangeError('chorale: expected at least one step, got none');
    const ids = encodeChorale(chorale);
    const tokens = new Int32Array(ids.length + 2).fill(CHORALE_END);
    tokens.set(ids, 1);
    return { tokens, lossWeights: new Float32Array(tokens.length).fill(1) };
  },
  encodePrompt: (chorale) => ({ tokens: Int32Array.of(CHORALE_END, ...encodeChorale(chorale)) }),
  decodeOutput: decodeChorale,
  encodeOutput: encodeChorale,
  grammar: {
    start: ({ tokens }) => tokens.length - 1,
    advance: (length) => (length as number) + 1, // its own state
    allowed: (length) => allowedIds(length as number), // as above
    mustEnd: () => false,
  },
};

/** Factory of the domain of chorales, which has no options. */
export const choraleFactory: DomainFactory<ChoraleDomain, Chorale, object> = {
  fit: () => Promise.resolve(choraleDomain),
  save: () => ({ [FILE]: `${JSON.stringify({ ids: CHORALE_IDS })}\n` }),
  load: (files: Files) => {
    const [expected, got] = [choraleFactory.save(choraleDomain)[FILE], files[FILE] as unknown];
    if (got === expected) return Promise.resolve(choraleDomain);
    const found = typeof got === 'string' ? shownText(got.trim(), 40) : 'no such file';
    return Promise.reject(new Error(`${FILE}: expected ${expected.trim()}, got ${found}`));
  },
};

function describe(id: number): string {
  if (id < CHORALE_END - 1) return pitchName(id);
  return id === CHORALE_END ? 'end of chorale' : 'silence';
}

/** Returns the ids that may follow after `length` ids: the end only after complete steps, at least one. */
function allowedIds(length: number): number[] {
  const mayEnd = length > 0 && length % VOICES === 0;
  return Array.from({ length: mayEnd ? CHORALE_IDS : CHORALE_END }, (_, id) => id);
}

/** The four voices from the highest to the lowest, and the clefs that choirs read. */
const PARTS = [
  { name: 'Soprano', clef: 'treble' },
  { name: 'Alto', clef: 'treble' },
  { name: 'Tenor', clef: 'treble8' },
  { name: 'Bass', clef: 'bass' },
] as const;

/**
 * Converts a chorale to sheet music for a choir, with a staff for each voice and an estimated key. The data
 * has no bar lines: bars are four quarters from the first step, so an upbeat is not recognized. Notes below C
 * sharp 0 cannot be written and are left out.
 */
export function choraleSheet(chorale: Chorale): Sheet {
  const voices = PARTS.map((_, voice) =>
    voiceNotes(chorale, voice).filter(({ pitch }) => pitch >= LOWEST_PITCH),
  );
  return {
    title: 'Chorale',
    tempoBpm: CHORALE_TEMPO_BPM,
    key: estimateKey(voices.flat()),
    parts: PARTS.map(({ name, clef }, i) => ({ name, staves: [{ clef, voices: [voices[i]] }] })),
  };
}
