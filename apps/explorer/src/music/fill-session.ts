import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { PromptSource } from '@ramble/explorer';
import {
  barSeconds,
  DRUMS,
  findRegion,
  parseMeter,
  parseMidi,
  parseScore,
  performanceSheet,
  programName,
  scoreSheet,
  type StruckNote,
  STEPS_PER_SECOND,
  toMidi,
  writeMusicXml,
} from '@ramble/music';

import { fromBase64, toBase64 } from '../state/format.js';
import { type Output, type PieceVersion, withVersion } from '../write/output.js';
import type { FieldValues } from '../write/setting-values.js';
import { Writing } from '../write/writing.js';

/** Number of takes (alternative versions) of a region that are requested at once. */
const TAKES = 3;
/** Settings of the form that do not apply to a region. */
const OTHER_SETTINGS = ['primerSeconds', 'primerBars', 'lengthSeconds', 'bars', 'numBeams'];
/** Length in bars or seconds of the region that is selected first. */
const FIRST_LENGTH = 4;

/** An instrument of a piece, with its name. */
export interface PieceTrack {
  /** A MIDI program, or `DRUMS`. */
  readonly program: number;
  readonly name: string;
}

/** The current version of a piece, and its parts. */
export interface CurrentPiece extends PieceVersion {
  readonly seconds: number;
  /** Times in seconds at which bars begin, and the end of the last one; absent if the notes follow no bars. */
  readonly bars?: readonly number[];
  /** Instruments that can be kept or written anew; empty for a model of one instrument. */
  readonly tracks: readonly PieceTrack[];
}

/** Takes (alternative versions) of a region, made from one version of a piece. */
export interface Takes {
  readonly outputs: readonly Output[];
  /** The region as the domain reads it: `bars 5-8`. */
  readonly region: string;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Whether a note of a take is not in the version of the piece from which the takes were made. */
  readonly isNew: (note: StruckNote) => boolean;
}

const sessions = new WeakMap<Writing, FillSession>();

/** Returns the session in which a piece is edited with a model. It is kept while other views are open. */
export function fillSessionOf(writing: Writing): FillSession {
  const found = sessions.get(writing) ?? new FillSession(writing);
  sessions.set(writing, found);
  return found;
}

/** Work on a piece of music: a region is written anew in several takes, one take is kept, and steps are undone. */
export class FillSession {
  /** Ends of the region as the user gave them: the first and last bar, or two times in seconds. */
  readonly given = signal<readonly [from: number, to: number]>([1, FIRST_LENGTH]);
  /** MIDI programs (or `DRUMS`) of the tracks that are kept unchanged. */
  readonly locked = signal<ReadonlySet<number>>(new Set());
  /** The requests for takes, and their outputs. */
  readonly writing: Writing;
  readonly piece: ReadonlySignal<CurrentPiece | undefined>;
  readonly takes: ReadonlySignal<Takes | undefined>;
  #askCount = 0;

  constructor(
    /** The form with the sampling settings. Its `history` has the versions of the piece. */
    readonly form: Writing,
  ) {
    this.writing = new Writing(form.session, form.model);
    const hasTracks = form.model.outputSettings.some(({ name }) => name === 'tracks');
    this.piece = computed(() => {
      const { versions, at } = form.history.value;
      return versions[at] && readPiece(versions[at], hasTracks);
    });
    this.takes = computed(() => {
      const { outputs, encoded } = this.writing;
      const source = encoded.value?.prompt.source;
      return source && takesOf(outputs.value, source);
    });
  }

  /** The selected region in bars or seconds, within the piece. */
  get range(): readonly [from: number, to: number] {
    const { bars, seconds = 0 } = this.piece.value ?? {};
    const [least, most] = bars ? [1, bars.length - 1] : [0, Math.ceil(10 * seconds) / 10];
    const inPiece = (value: number): number => Math.min(Math.max(value, least), most);
    const [from, to] = this.given.value.map(bars ? Math.round : roundSeconds).map(inPiece);
    return [from ?? least, Math.max(to ?? least, from ?? least)];
  }

  /** The selected region in the domain's syntax: `bars 5-8` or `seconds 10-20`. */
  get region(): string {
    return `${this.piece.value?.bars ? 'bars' : 'seconds'} ${this.range.join('-')}`;
  }

  /** The selected region in seconds. */
  get regionSeconds(): readonly [from: number, to: number] {
    const { bars } = this.piece.value ?? {};
    const [from, to] = this.range;
    return bars ? [bars[from - 1] ?? 0, bars[to] ?? 0] : [from, to];
  }

  /** Selects the bars that contain two times, or the span between the times if the piece has no bars. */
  select(fromSeconds: number, toSeconds: number): void {
    const { bars } = this.piece.peek() ?? {};
    const barAt = (seconds: number): number =>
      bars?.filter((start) => start <= seconds).length ?? 1;
    this.given.value = bars
      ? [barAt(fromSeconds), barAt(toSeconds)]
      : [roundSeconds(fromSeconds), roundSeconds(toSeconds)];
  }

  /** Locks a track, or unlocks it. */
  toggleLock(program: number): void {
    const locked = this.locked.peek();
    const others = [...locked].filter((each) => each !== program);
    this.locked.value = new Set(locked.has(program) ? others : [...others, program]);
  }

  /** Opens a file of music as the next version. A file that cannot be read changes nothing. */
  open(name: string, content: Uint8Array): void {
    try {
      const midi = toMidi(name, content);
      if (parseMidi(name, midi).notes.length === 0) {
        throw new RangeError(`${name}: the file has no notes; choose another one`);
      }
      const opened = { name: name.replace(/\.\w+$/, '.mid'), base64: toBase64(midi) };
      this.form.session.calm();
      const { history } = this.form;
      history.value = withVersion(history.peek(), opened, history.peek().at);
      const isInBars = this.piece.peek()?.bars !== undefined;
      this.given.value = isInBars ? [1, FIRST_LENGTH] : [0, FIRST_LENGTH];
      this.locked.value = new Set();
    } catch (error) {
      this.form.session.complain(error);
    }
  }

  /** Writes takes of the region. The seed of the form is increased by one each time. */
  async ask(): Promise<void> {
    const piece = this.piece.peek();
    if (!piece) return;
    const fields = this.form.fields.peek();
    const applying = Object.entries(fields).filter(([name]) => !OTHER_SETTINGS.includes(name));
    const { writing } = this;
    const { name, base64 } = piece;
    writing.model = this.form.model;
    writing.given.value = { text: '', file: { name, base64, use: 'given' } };
    writing.fields.value = {
      ...(Object.fromEntries(applying) as FieldValues),
      ...(piece.tracks.length > 0 && { tracks: this.#writtenTracks(piece.tracks) }),
      fill: this.region,
      seed: String(Number(fields.seed ?? 0) + this.#askCount++),
    };
    writing.ask(TAKES);
    await writing.start();
  }

  /** Makes a take the next version of the piece, after the version from which it was made. */
  keep(output: Output): void {
    const artifact = output.artifact.peek();
    const { file } = this.writing.encoded.peek()?.prompt.source ?? {};
    const { history } = this.form;
    const { versions, at } = history.peek();
    const name = versions[at]?.name ?? 'piece.mid';
    if (artifact?.kind !== 'file') return;
    const base = versions.findIndex(({ base64 }) => base64 === file);
    if (versions[at]?.base64 === artifact.base64) return;
    const after = base < 0 || versions[at]?.base64 === file ? at : base;
    history.value = withVersion(history.peek(), { name, base64: artifact.base64 }, after);
  }

  /** Moves to an earlier version by a negative number of steps, or to a later one. */
  move(steps: number): void {
    const { versions, at } = this.form.history.peek();
    if (versions[at + steps]) this.form.history.value = { versions, at: at + steps };
  }

  /** Returns a piece as MusicXML. */
  musicXml({ name, base64, tracks }: CurrentPiece): string {
    const bytes = fromBase64(base64);
    if (tracks.length > 0) return writeMusicXml(scoreSheet(parseScore(name, bytes)));
    const notes = parseMidi(name, bytes).notes.filter(({ isDrum }) => !isDrum);
    const inSteps = notes.map(({ startSeconds, endSeconds, pitch, velocity }) => {
      const [startStep, endStep] = [startSeconds * STEPS_PER_SECOND, endSeconds * STEPS_PER_SECOND];
      return { startStep, endStep, pitch, velocity };
    });
    return writeMusicXml(performanceSheet(inSteps, parseMeter(name, bytes)));
  }

  #writtenTracks(tracks: readonly PieceTrack[]): string {
    const locked = this.locked.peek();
    return tracks
      .filter(({ program }) => !locked.has(program))
      .map(({ program }) => (program === DRUMS ? 'drums' : String(program)))
      .join(',');
  }
}

function roundSeconds(seconds: number): number {
  return Math.round(10 * seconds) / 10;
}

function readPiece({ name, base64 }: PieceVersion, hasTracks: boolean): CurrentPiece {
  const bytes = fromBase64(base64);
  const { notes } = parseMidi(name, bytes);
  const seconds = notes.reduce((end, { endSeconds }) => Math.max(end, endSeconds), 0);
  const bars = barSeconds(name, bytes);
  const parts = hasTracks
    ? parseScore(name, bytes).parts.filter((part) => part.notes.length > 0)
    : [];
  const tracks = new Map(
    parts.map((part) => [part.program, part.name ?? programName(part.program)]),
  );
  return {
    ...{ name, base64, seconds },
    ...(bars && { bars }),
    tracks: Array.from(tracks, ([program, title]) => ({ program, name: title })),
  };
}

function takesOf(outputs: readonly Output[], { file = '', options = {} }: PromptSource): Takes {
  const bytes = fromBase64(file);
  const region = String(options.fill);
  const { startSeconds, endSeconds } = findRegion(bytes, region);
  const keyOf = ({ startSeconds: start, pitch, velocity, program, isDrum }: StruckNote): string =>
    [start, pitch, velocity, program, isDrum].join(' ');
  const known = new Set(parseMidi('piece', bytes).notes.map(keyOf));
  const isNew = (note: StruckNote): boolean => !known.has(keyOf(note));
  return { outputs, region, startSeconds, endSeconds, isNew };
}
