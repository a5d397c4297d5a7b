import { pitchName } from '../events/events.js';
import type { SheetTime } from '../musicxml/sheet.js';
import { programName } from '../score/instruments.js';
import { DRUMS } from '../score/score.js';
import { durationValues, restValues, type TimeValue } from './time-values.js';

/** Meaning of a token of REMI. */
export type RemiToken =
  | { readonly kind: 'special' | 'bar' }
  | { readonly kind: 'pitch' | 'drumPitch'; readonly pitch: number }
  | { readonly kind: 'velocity'; readonly velocity: number }
  | { readonly kind: 'duration' | 'rest'; readonly value: TimeValue }
  | { readonly kind: 'position'; readonly position: number }
  | { readonly kind: 'chord'; readonly quality: string }
  | { readonly kind: 'tempo'; readonly bpm: number }
  | { readonly kind: 'program'; readonly program: number }
  | ({ readonly kind: 'timeSignature' } & SheetTime);

/** Kind of a token of REMI. */
export type RemiKind = RemiToken['kind'];

/** The tokens of REMI for some settings, with the names and ids of MidiTok 3.1. */
export interface RemiVocabulary {
  readonly settings: RemiSettings;
  /** Names of the tokens in MidiTok, by id. */
  readonly names: readonly string[];
  readonly tokens: readonly RemiToken[];
  /** Id of the first token of each kind; the tokens of a kind have consecutive ids. */
  readonly first: Readonly<Record<RemiKind, number>>;
  readonly velocities: readonly number[];
  readonly durations: readonly TimeValue[];
  readonly rests: readonly TimeValue[];
  /** The tempos of the vocabulary in quarters a minute, ascending. */
  readonly tempos: readonly number[];
}

/** Ids of the tokens before a piece and after it. */
export const [BEGIN, END] = [1, 2];

/** Lowest and highest pitch of notes other than drums. `DRUM_PITCH_RANGE` has the limits for drums. */
export const PITCH_RANGE = [21, 109] as const;
export const DRUM_PITCH_RANGE = [27, 88] as const;

/** The time signatures of the vocabulary: beats and the value of a beat. */
export const TIME_SIGNATURES: readonly (readonly [beats: number, beatType: number])[] = [
  [3, 8],
  [12, 8],
  [6, 8],
  [5, 4],
  [6, 4],
  [3, 4],
  [2, 4],
  [1, 4],
  [4, 4],
];

/** Returns the index of a time signature in the vocabulary; -1 if the vocabulary lacks it. */
export function signatureIndex({ beats, beatType }: SheetTime): number {
  return TIME_SIGNATURES.findIndex(([b, type]) => b === beats && type === beatType);
}

/** The highest beat type of the time signatures. */
export const MAX_BEAT_TYPE = 8;
const MAX_BEATS = 12;
/** Tempo before the first tempo event of a score, in quarters a minute. */
export const USUAL_BPM = 120;

const SPECIAL = ['PAD', 'BOS', 'EOS', 'MASK'];
const [LOWEST_TEMPO, HIGHEST_TEMPO, TEMPOS] = [40, 250, 32];

const KINDS: readonly RemiKind[] = [
  ...(['special', 'bar', 'pitch', 'velocity', 'duration', 'position'] as const),
  ...(['drumPitch', 'chord', 'rest', 'tempo', 'program', 'timeSignature'] as const),
];

/** Makes the REMI vocabulary for settings, with the names and ids of MidiTok 3.1. */
export function remiVocabulary(settings: RemiSettings): RemiVocabulary {
  const { positionsPerBeat, programs } = settings;
  const velocities = range(1, settings.velocities).map((i) =>
    Math.floor((i * 127) / settings.velocities),
  );
  const durations = durationValues(positionsPerBeat);
  const rests = settings.rests ? restValues(positionsPerBeat) : [];
  const tempos = settings.tempos ? temposOf() : [];
  const named: (readonly [name: string, token: RemiToken])[] = [
    ...SPECIAL.map((name) => [`${name}_None`, { kind: 'special' }] as const),
    ['Bar_None', { kind: 'bar' }],
    ...range(...PITCH_RANGE).map((pitch) => [`Pitch_${pitch}`, { kind: 'pitch', pitch }] as const),
    ...velocities.map(
      (velocity) => [`Velocity_${velocity}`, { kind: 'velocity', velocity }] as const,
    ),
    ...durations.map(
      (value) => [`Duration_${timeName(value)}`, { kind: 'duration', value }] as const,
    ),
    ...range(0, positionsPerBeat * MAX_BEATS - 1).map(
      (position) => [`Position_${position}`, { kind: 'position', position }] as const,
    ),
    ...range(...DRUM_PITCH_RANGE).map(
      (pitch) => [`PitchDrum_${pitch}`, { kind: 'drumPitch', pitch }] as const,
    ),
    ...(settings.chords ? Object.keys(CHORD_QUALITIES) : []).map(
      (quality) => [`Chord_${quality}`, { kind: 'chord', quality }] as const,
    ),
    ...rests.map((value) => [`Rest_${timeName(value)}`, { kind: 'rest', value }] as const),
    ...tempos.map((bpm) => [`Tempo_${tempoName(bpm)}`, { kind: 'tempo', bpm }] as const),
    ...programs.map((program) => [`Program_${program}`, { kind: 'program', program }] as const),
    ...TIME_SIGNATURES.map(
      ([beats, beatType]) =>
        [`TimeSig_${beats}/${beatType}`, { kind: 'timeSignature', beats, beatType }] as const,
    ),
  ];
  const tokens = named.map(([, token]) => token);
  const first = KINDS.map((kind) => [kind, tokens.findIndex((token) => token.kind === kind)]);
  return {
    settings,
    names: named.map(([name]) => name),
    tokens,
    first: Object.fromEntries(first) as Record<RemiKind, number>, // all of them
    velocities,
    durations,
    rests,
    tempos,
  };
}

/** Returns the tempos of the vocabulary, 40 to 250 quarters a minute at equal distances, rounded to two decimals. */
function temposOf(): readonly number[] {
  const step = (HIGHEST_TEMPO - LOWEST_TEMPO) / (TEMPOS - 1);
  return range(0, TEMPOS - 1).map((i) => Math.round(100 * (LOWEST_TEMPO + i * step)) / 100);
}

function tempoName(bpm: number): string {
  return Number.isInteger(bpm) ? `${bpm}.0` : `${bpm}`;
}

function timeName({ beats, parts, resolution }: TimeValue): string {
  return `${beats}.${parts}.${resolution}`;
}

/** Returns the integers from one to another, both included. */
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Describes a token for people: `C4`, `beat 2 + 3/8`, `1 1/4 beats`. */
export function describeRemi(id: number, { tokens, names, settings }: RemiVocabulary): string {
  const token = tokens.at(id);
  switch (token?.kind) {
    case undefined:
      return `no token ${id}`;
    case 'special':
      if (id === BEGIN) return 'beginning of piece';
      return id === END ? 'end of piece' : names[id];
    case 'bar':
      return 'bar';
    case 'pitch':
      return pitchName(token.pitch);
    case 'drumPitch':
      return `drum ${token.pitch}`;
    case 'velocity':
      return `velocity ${token.velocity}`;
    case 'duration':
      return length(token.value);
    case 'rest':
      return `rest of ${length(token.value)}`;
    case 'position': {
      const beat = Math.floor(token.position / settings.positionsPerBeat) + 1;
      const part = token.position % settings.positionsPerBeat;
      return part === 0 ? `beat ${beat}` : `beat ${beat} + ${part}/${settings.positionsPerBeat}`;
    }
    case 'chord':
      return `chord ${token.quality}`;
    case 'tempo':
      return `${token.bpm} quarters a minute`;
    case 'program':
      return programName(token.program);
    case 'timeSignature':
      return `${token.beats}/${token.beatType}`;
  }
}

function length({ beats, parts, resolution }: TimeValue): string {
  if (parts === 0) return beats === 1 ? '1 beat' : `${beats} beats`;
  return beats === 0 ? `${parts}/${resolution} beat` : `${beats} ${parts}/${resolution} beats`;
}

/**
 * Events that a REMI vocabulary has tokens for, and their resolution. `docs/dev/miditok.md` has the names of these
 * settings in MidiTok.
 */
export interface RemiSettings {
  /** Number of positions in a beat, also the resolution of short durations; a multiple of 4. */
  readonly positionsPerBeat: number;
  /** Number of velocities. */
  readonly velocities: number;
  /** Programs that are kept, in ascending order; `DRUMS` comes last. */
  readonly programs: readonly number[];
  /** Whether the vocabulary has tempo tokens. */
  readonly tempos: boolean;
  /** Whether the vocabulary has rest tokens for silence. */
  readonly rests: boolean;
  /** Whether a token names a chord before its notes. */
  readonly chords: boolean;
  /** Whether a pitch that a program strikes several times at once is encoded once. */
  readonly uniqueNotes: boolean;
}

/** All programs, drums last. */
export const ALL_PROGRAMS: readonly number[] = [
  ...Array.from({ length: 128 }, (_, program) => program),
  DRUMS,
];

/** MidiTok's own defaults, with tempos and `uniqueNotes`. */
export const REMI_DEFAULTS: RemiSettings = {
  positionsPerBeat: 8,
  velocities: 32,
  programs: ALL_PROGRAMS,
  tempos: true,
  rests: false,
  chords: false,
  uniqueNotes: true,
};

/** The chords that have names, each as the semitones of its notes above the lowest one. */
export const CHORD_QUALITIES: Readonly<Record<string, readonly number[]>> = {
  min: [0, 3, 7],
  maj: [0, 4, 7],
  dim: [0, 3, 6],
  aug: [0, 4, 8],
  sus2: [0, 2, 7],
  sus4: [0, 5, 7],
  '7dom': [0, 4, 7, 10],
  '7min': [0, 3, 7, 10],
  '7maj': [0, 4, 7, 11],
  '7halfdim': [0, 3, 6, 10],
  '7dim': [0, 3, 6, 9],
  '7aug': [0, 4, 8, 11],
  '9maj': [0, 4, 7, 10, 14],
  '9min': [0, 4, 7, 10, 13],
};
