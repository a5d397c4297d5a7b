import type { Signal } from '@preact/signals';
import type { Note } from '@ramble/music';

import { PianoSound } from './piano-sound.js';

const AHEAD_SECONDS = 0.6;
const EVERY_MS = 150;

/** Plays notes, and tells where it is. */
export class PianoPlayer {
  #context: AudioContext | undefined;
  #sound: PianoSound | undefined;
  #silence: (() => void)[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  /** The second of the context at which the piece begins. */
  #zero = 0;
  #next = 0;

  /**
   * Plays nothing yet.
   *
   * @param notes - In the order of their starts.
   * @param position - Is set to the second of the piece that sounds.
   */
  constructor(
    private readonly notes: readonly Note[],
    private readonly position: Signal<number>,
    private readonly isPlaying: Signal<boolean>,
  ) {}

  /** Plays on from the position; from the start when the piece has ended. */
  play(): void {
    this.#context ??= new AudioContext();
    this.#sound ??= new PianoSound(this.#context);
    void this.#context.resume();
    const end = this.notes.reduce((last, { endSeconds }) => Math.max(last, endSeconds), 0);
    if (this.position.peek() >= end) this.position.value = 0;
    this.#zero = this.#context.currentTime + 0.08 - this.position.peek();
    this.#next = this.notes.findIndex(({ startSeconds }) => startSeconds >= this.position.peek());
    if (this.#next < 0) this.#next = this.notes.length;
    this.isPlaying.value = true;
    this.#timer = setInterval(() => this.#schedule(), EVERY_MS);
    this.#schedule();
    this.#follow(this.#timer, end);
  }

  /** Stops the sound where it is. */
  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const silence of this.#silence.splice(0)) silence();
    this.isPlaying.value = false;
  }

  /** Goes to a second of the piece. */
  seek(seconds: number): void {
    const wasPlaying = this.isPlaying.peek();
    this.pause();
    this.position.value = seconds;
    if (wasPlaying) this.play();
  }

  /** Ends the sound for good. */
  close(): void {
    this.pause();
    void this.#context?.close();
  }

  #schedule(): void {
    const { currentTime } = this.#context ?? { currentTime: 0 };
    for (; this.#next < this.notes.length; this.#next++) {
      const note = this.notes[this.#next];
      if (!note || this.#zero + note.startSeconds > currentTime + AHEAD_SECONDS) return;
      const silence = this.#sound?.strike(
        note,
        Math.max(currentTime, this.#zero + note.startSeconds),
      );
      if (silence) this.#silence.push(silence);
    }
  }

  /** Moves the position along with the sound. */
  #follow(timer: ReturnType<typeof setInterval>, end: number): void {
    requestAnimationFrame(() => {
      if (this.#timer !== timer || !this.#context) return;
      this.position.value = Math.max(0, Math.min(end, this.#context.currentTime - this.#zero));
      if (this.position.value >= end) this.pause();
      else this.#follow(timer, end);
    });
  }
}
