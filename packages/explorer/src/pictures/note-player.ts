import { type SoundedNote, Synthesizer } from './synthesizer.js';

/** A note to play. */
export interface PlayedNote extends SoundedNote {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** Callbacks of a player. */
interface PlayerEvents {
  /** Called with the current position in seconds. */
  onMove(seconds: number): void;
  onPlaying(isPlaying: boolean): void;
}

const AHEAD_SECONDS = 0.6;
const EVERY_MS = 150;

/** Plays notes, and reports its position. Only one player of a page plays at a time. */
export class NotePlayer {
  static #last: NotePlayer | undefined;
  #context: AudioContext | undefined;
  #sound: Synthesizer | undefined;
  #silence: (() => void)[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Time of the audio context, in seconds, at which the piece begins. */
  #zero = 0;
  #next = 0;
  #position = 0;

  /**
   * Creates a player that is paused at the start.
   *
   * @param notes - Notes in the order of their starts.
   */
  constructor(
    private readonly notes: readonly PlayedNote[],
    private readonly events: PlayerEvents,
  ) {}

  /** Plays from the current position, or from the start if the piece has ended. */
  play(): void {
    if (NotePlayer.#last !== this) NotePlayer.#last?.pause();
    NotePlayer.#last = this;
    this.#context ??= new AudioContext();
    this.#sound ??= new Synthesizer(this.#context);
    void this.#context.resume();
    const end = this.notes.reduce((last, { endSeconds }) => Math.max(last, endSeconds), 0);
    if (this.#position >= end) this.#move(0);
    this.#zero = this.#context.currentTime + 0.08 - this.#position;
    this.#next = this.notes.findIndex(({ startSeconds }) => startSeconds >= this.#position);
    if (this.#next < 0) this.#next = this.notes.length;
    this.#timer = setInterval(() => this.#schedule(), EVERY_MS);
    this.events.onPlaying(true);
    this.#schedule();
    this.#follow(this.#timer, end);
  }

  /** Stops the sound and keeps the position. */
  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const silence of this.#silence.splice(0)) silence();
    this.events.onPlaying(false);
  }

  /** Moves to a time, in seconds from the start of the piece. */
  seek(seconds: number): void {
    const wasPlaying = this.#timer !== undefined;
    this.pause();
    this.#move(seconds);
    if (wasPlaying) this.play();
  }

  /** Closes the audio context. The player cannot be used afterwards. */
  close(): void {
    this.pause();
    void this.#context?.close();
  }

  #schedule(): void {
    const { currentTime } = this.#context ?? { currentTime: 0 };
    for (; this.#next < this.notes.length; this.#next++) {
      const note = this.notes[this.#next];
      if (this.#zero + note.startSeconds > currentTime + AHEAD_SECONDS) return;
      const at = Math.max(currentTime, this.#zero + note.startSeconds);
      const struck = this.#sound?.strike(note, at);
      struck?.release(at + note.endSeconds - note.startSeconds);
      if (struck) this.#silence.push(struck.silence);
    }
  }

  #move(seconds: number): void {
    this.#position = seconds;
    this.events.onMove(seconds);
  }

  /** Updates the position while the piece plays. */
  #follow(timer: ReturnType<typeof setInterval>, end: number): void {
    requestAnimationFrame(() => {
      if (this.#timer !== timer || !this.#context) return;
      this.#move(Math.max(0, Math.min(end, this.#context.currentTime - this.#zero)));
      if (this.#position >= end) this.pause();
      else this.#follow(timer, end);
    });
  }
}
