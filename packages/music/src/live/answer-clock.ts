import { binVelocity, eventOf, STEPS_PER_SECOND } from '../events/events.js';
import type { Note } from '../notes/note.js';
import { MIDI_STATUS } from './phrase-recorder.js';

/**
 * Sends a MIDI message to be played at a time in milliseconds. The time may be past by a few milliseconds, if the
 * computer was late.
 */
export type SendMidi = (message: readonly number[], milliseconds: number) => void;

/** Measurements of a duet so far. */
export interface DuetFacts {
  /** Time in milliseconds from the end of the person's last phrase (the hand-over) to the first note of its answer. */
  readonly latencyMs?: number;
  /** Number of notes of all answers. `lateCount` is the number of these notes that were computed too late. */
  readonly noteCount: number;
  readonly lateCount: number;
}

/**
 * Minimum time in milliseconds from the hand-over (the end of the person's phrase) to the first note of the answer.
 * Meanwhile, the model computes the next notes.
 */
const LEAD_MS = 120;
/** Minimum time in milliseconds between the computation of the first note and its start. */
const HEADROOM_MS = 8;
/** Maximum delay of a note, in milliseconds, for which the notes after it are not moved. */
const TOLERANCE_MS = 8;
/** Time in milliseconds added to a delay when notes are moved, so that the next notes are in time again. */
const RECOVERY_MS = 40;
const MS_PER_STEP = 1000 / STEPS_PER_SECOND;
/** A MIDI message of an answer, and its time in steps since the answer's first note. */
interface TimedMessage {
  readonly step: number;
  readonly message: readonly number[];
}

/**
 * Turns the events of an answer into timed MIDI messages. The first note starts soon after the hand-over, the end of
 * the person's phrase. If a note is computed too late, it and all later notes move by the delay, so that the rhythm is
 * kept.
 */
export class AnswerClock {
  readonly #waiting: TimedMessage[] = [];
  /** Index in `#notes` of the note of each sounding pitch whose note-on was sent. */
  readonly #sounding = new Map<number, number>();
  readonly #notes: Note[] = [];
  /** Steps from the first note to the last event; `undefined` before the first note. */
  #step: number | undefined;
  #velocity: number;
  /** Time in milliseconds of the first note, plus the delays by which later notes were moved. */
  #zeroMs = 0;
  #latencyMs: number | undefined;
  #lateCount = 0;

  /**
   * Creates the clock of an answer.
   *
   * @param handOverMs - Time in milliseconds at which the person's phrase ended.
   * @param velocity - Velocity before any velocity event of the answer: the velocity of the phrase's last note.
   */
  constructor(
    private readonly handOverMs: number,
    velocity: number,
    private readonly send: SendMidi,
  ) {
    this.#velocity = velocity;
  }

  /** Time in milliseconds from the hand-over to the first note; `undefined` before the first note is computed. */
  get latencyMs(): number | undefined {
    return this.#latencyMs;
  }

  /** Number of notes that were computed too late, so that they and the notes after them were moved. */
  get lateCount(): number {
    return this.#lateCount;
  }

  /** Whether messages are still to be sent, or notes sound at this time. */
  isActiveAt(milliseconds: number): boolean {
    const isSounding = ({ endSeconds }: Note): boolean => 1000 * endSeconds > milliseconds;
    return this.#waiting.length > 0 || this.#notes.some(isSounding);
  }

  /**
   * Returns the sent notes, in seconds of the clock that `push` is called with. Notes that sound at the given time
   * end at it.
   */
  notesUntil(milliseconds: number): readonly Note[] {
    return this.#notes.map((note) => {
      return {
        ...note,
        endSeconds: Math.min(note.endSeconds, Math.max(note.startSeconds, milliseconds / 1000)),
      };
    });
  }

  /** Adds an event of the answer. Events before the first note count only if they set the velocity. */
  push(id: number, nowMs: number): void {
    const event = eventOf(id);
    if (event?.kind === 'velocity') this.#velocity = binVelocity(event.bin);
    else if (event?.kind === 'shift' && this.#step !== undefined) this.#step += event.steps;
    else if (event?.kind === 'noteOff' && this.#step !== undefined) {
      this.#add(this.#step, [MIDI_STATUS.noteOff, event.pitch, 0], nowMs);
    } else if (event?.kind === 'noteOn') {
      if (this.#step === undefined) {
        this.#step = 0;
        this.#zeroMs = Math.max(this.handOverMs + LEAD_MS, nowMs + HEADROOM_MS);
        this.#latencyMs = this.#zeroMs - this.handOverMs;
      }
      this.#add(this.#step, [MIDI_STATUS.noteOn, event.pitch, this.#velocity], nowMs);
    }
  }

  /** Sends the messages whose time is before a limit. */
  sendUntil(milliseconds: number): void {
    for (let next = this.#waiting.at(0); next; next = this.#waiting.at(0)) {
      const at = this.#timeOf(next.step);
      if (at > milliseconds) return;
      this.#waiting.shift();
      this.#deliver(next.message, at);
    }
  }

  /** Ends the answer: messages that wait are dropped, and sounding notes end. */
  stop(nowMs: number): void {
    this.#waiting.length = 0;
    // A note that was sent ahead of its time ends right after its start.
    for (const [pitch, index] of [...this.#sounding]) {
      const { startSeconds } = this.#notes[index];
      this.#deliver([MIDI_STATUS.noteOff, pitch, 0], Math.max(nowMs, 1000 * startSeconds + 1));
    }
  }

  #timeOf(step: number): number {
    return this.#zeroMs + step * MS_PER_STEP;
  }

  #add(step: number, message: readonly number[], nowMs: number): void {
    const delay = nowMs - this.#timeOf(step);
    if (delay > TOLERANCE_MS) {
      this.#zeroMs += delay + RECOVERY_MS;
      if (message[0] === MIDI_STATUS.noteOn) this.#lateCount++;
    }
    this.#waiting.push({ step, message });
  }

  #deliver(message: readonly number[], at: number): void {
    const [status, pitch, velocity] = message;
    const sounding = this.#sounding.get(pitch);
    if (sounding !== undefined) {
      this.#notes[sounding] = { ...this.#notes[sounding], endSeconds: at / 1000 };
      this.#sounding.delete(pitch);
    } else if (status === MIDI_STATUS.noteOff) {
      return; // it ends a note of the prompt
    }
    if (status === MIDI_STATUS.noteOn) {
      this.#sounding.set(pitch, this.#notes.length);
      this.#notes.push({ startSeconds: at / 1000, endSeconds: Infinity, pitch, velocity });
    }
    this.send(message, at);
  }
}
