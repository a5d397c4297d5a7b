import { STEPS_PER_SECOND } from '../events/events.js';
import type { Note, StepNote } from '../notes/note.js';

/** Status bytes of MIDI messages, with channel 0. */
export const MIDI_STATUS = { noteOff: 0x80, noteOn: 0x90, control: 0xb0 } as const;
/** MIDI controller number of the sustain pedal. */
export const SUSTAIN_PEDAL = 64;
/** Minimum controller value at which the pedal is down. */
const DOWN = 64;

/** A note of a player; `endSeconds` is absent while it sounds. */
interface HeldNote extends Omit<Note, 'endSeconds'> {
  endSeconds?: number;
  /** Whether the key is up and only the pedal holds the note. */
  isReleased: boolean;
}

/**
 * Records a phrase from MIDI messages, with the sustain pedal applied, and decides when it ends. A phrase ends after a
 * rest without sounding notes, or at once if the pedal is pressed and released while no key is down or struck.
 */
export class PhraseRecorder {
  readonly #notes: HeldNote[] = [];
  #isPedalDown = false;
  /**
   * Whether the pedal was pressed without a key down, and no note was struck since: its release would end the phrase.
   */
  #isTap = false;
  #hasTapped = false;
  /** Time of the last message that changed the phrase. */
  #changedSeconds = 0;

  /**
   * Creates a recorder of an empty phrase.
   *
   * @param restSeconds - Length of the rest that ends a phrase.
   */
  constructor(private readonly restSeconds: number) {}

  /** Number of notes so far. */
  get noteCount(): number {
    return this.#notes.length;
  }

  /** Time of the last event of the phrase. */
  get lastSeconds(): number {
    return this.#changedSeconds;
  }

  /** Time at which the phrase ends if nothing more is played; `undefined` while a note sounds, or without notes. */
  get endSeconds(): number | undefined {
    if (this.#notes.length === 0) return undefined;
    if (this.#hasTapped) return this.#changedSeconds;
    if (this.#isPedalDown || this.#notes.some(isSounding)) return undefined;
    return this.#changedSeconds + this.restSeconds;
  }

  /**
   * Adds a message. Messages other than notes and the sustain pedal are ignored, and so is the channel.
   *
   * @returns whether the message changed the phrase.
   */
  receive(message: ArrayLike<number>, seconds: number): boolean {
    const [status = 0, number = 0, value = 0] = Array.from(message);
    const kind = status & 0xf0;
    const { noteOff, noteOn, control } = MIDI_STATUS;
    if (kind === noteOn && value > 0) this.#press(number, value, seconds);
    else if (kind === noteOn || kind === noteOff) this.#release(number, seconds);
    else if (kind === control && number === SUSTAIN_PEDAL) this.#movePedal(value >= DOWN, seconds);
    else return false;
    return true;
  }

  /** Returns the notes so far; sounding notes last until the given time. */
  notesUntil(seconds: number): readonly Note[] {
    return this.#notes.map(({ startSeconds, endSeconds, pitch, velocity }) => {
      return {
        startSeconds,
        endSeconds: endSeconds ?? Math.max(startSeconds, seconds),
        pitch,
        velocity,
      };
    });
  }

  #press(pitch: number, velocity: number, seconds: number): void {
    this.#end((note) => note.pitch === pitch, seconds);
    this.#notes.push({ startSeconds: seconds, pitch, velocity, isReleased: false });
    this.#isTap = false;
    this.#hasTapped = false;
    this.#changedSeconds = seconds;
  }

  #release(pitch: number, seconds: number): void {
    const held = this.#notes.filter((note) => isSounding(note) && note.pitch === pitch);
    for (const note of held) note.isReleased = true;
    if (held.length === 0 || this.#isPedalDown) return;
    this.#end((note) => note.isReleased, seconds);
    this.#changedSeconds = seconds;
  }

  #movePedal(isDown: boolean, seconds: number): void {
    if (isDown === this.#isPedalDown) return;
    this.#isPedalDown = isDown;
    if (isDown) {
      this.#isTap = !this.#notes.some(isSounding);
      return;
    }
    this.#hasTapped = this.#isTap;
    const isEnd = this.#end((note) => note.isReleased, seconds);
    if (isEnd || this.#hasTapped) this.#changedSeconds = seconds;
  }

  /** Ends the sounding notes that fulfil a condition; returns whether there were any. */
  #end(condition: (note: HeldNote) => boolean, seconds: number): boolean {
    const ending = this.#notes.filter((note) => isSounding(note) && condition(note));
    for (const note of ending) note.endSeconds = seconds;
    return ending.length > 0;
  }
}

function isSounding({ endSeconds }: HeldNote): boolean {
  return endSeconds === undefined;
}

/** One turn of a duet: the notes of one player, with times in seconds of the duet's clock. */
export interface DuetTurn {
  readonly isAnswer: boolean;
  readonly notes: readonly Note[];
}

/** Maximum pause between turns in a prompt, in seconds. */
const MAX_PAUSE = 1;
/**
 * Joins the turns of a duet into the notes of a prompt, with pauses between turns of at most a second. If the turns
 * have more than `max` notes, the first notes are left out, `max / 2` at a time, so that the beginning of the prompt,
 * which the model has cached, changes rarely.
 *
 * @returns the notes, the first at step 0, and `offset`: the time of step 0 in seconds, in the clock of the last
 *   turn.
 */
export function promptNotes(
  turns: readonly DuetTurn[],
  max: number,
): { readonly notes: readonly StepNote[]; readonly offset: number } {
  let [end, offset] = [0, 0];
  const all = turns.flatMap(({ notes }, i) => {
    const start = notes.reduce((first, note) => Math.min(first, note.startSeconds), Infinity);
    offset = start - (i === 0 ? 0 : end + Math.min(MAX_PAUSE, Math.max(0, start - offset - end)));
    const moved = notes.map((note) => moveNote(note, -offset));
    end = moved.reduce((last, note) => Math.max(last, note.endSeconds), end);
    return moved;
  });
  const block = Math.ceil(max / 2);
  const kept = all.slice(Math.max(0, Math.ceil((all.length - max) / block)) * block);
  const first = kept.reduce((start, note) => Math.min(start, note.startSeconds), Infinity);
  return { notes: onSteps(kept), offset: offset + first };
}

function moveNote(note: Note, seconds: number): Note {
  return {
    ...note,
    startSeconds: note.startSeconds + seconds,
    endSeconds: note.endSeconds + seconds,
  };
}

/** Returns notes in steps of 10 ms, counted from the start of the first note. */
export function onSteps(notes: readonly Note[]): StepNote[] {
  const first = notes.reduce((start, note) => Math.min(start, note.startSeconds), Infinity);
  return notes.map(({ startSeconds, endSeconds, pitch, velocity }) => {
    const startStep = Math.round((startSeconds - first) * STEPS_PER_SECOND);
    const endStep = Math.round((endSeconds - first) * STEPS_PER_SECOND);
    return { startStep, endStep: Math.max(endStep, startStep + 1), pitch, velocity };
  });
}
