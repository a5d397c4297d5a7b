/** A note to play. */
export interface PlayedNote {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly pitch: number;
  readonly velocity: number;
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
export class PianoPlayer {
  static #last: PianoPlayer | undefined;
  #context: AudioContext | undefined;
  #sound: PianoSound | undefined;
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
    if (PianoPlayer.#last !== this) PianoPlayer.#last?.pause();
    PianoPlayer.#last = this;
    this.#context ??= new AudioContext();
    this.#sound ??= new PianoSound(this.#context);
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

  /** Moves to a second of the piece. */
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

/** Amplitudes of the partials, beginning with the fundamental. */
const PARTIALS = [1, 0.42, 0.22, 0.13, 0.07, 0.045, 0.02, 0.012];
const RELEASE_SECONDS = 0.18;
/** Amplitude that counts as silence, to which a held note decays. */
const SILENCE = 0.0008;

/** A note that was struck; times are in seconds of the audio context. */
export interface StruckString {
  /** Ends the note at a time. */
  readonly release: (at: number) => void;
  /** Silences the note immediately. */
  readonly silence: () => void;
}

/** A synthesized piano: a few partials per note, which decay faster for higher notes. */
export class PianoSound {
  readonly #out: AudioNode;
  readonly #wave: PeriodicWave;

  constructor(private readonly context: AudioContext) {
    const limiter = context.createDynamicsCompressor();
    const volume = context.createGain();
    volume.gain.value = 0.32;
    volume.connect(limiter).connect(context.destination);
    this.#out = volume;
    const sines = Float32Array.from([0, ...PARTIALS]);
    this.#wave = context.createPeriodicWave(new Float32Array(sines.length), sines);
  }

  /**
   * Strikes a note, which decays until it is released.
   *
   * @param at - Start in seconds of the audio context.
   */
  strike({ pitch, velocity }: Pick<PlayedNote, 'pitch' | 'velocity'>, at: number): StruckString {
    const loudness = (velocity / 127) ** 1.6;
    const decaySeconds = 5.5 * 2 ** (-(pitch - 45) / 20);
    const envelope = this.context.createGain();
    const { gain } = envelope;
    gain.setValueAtTime(0, at);
    gain.linearRampToValueAtTime(loudness, at + 0.004);
    gain.setTargetAtTime(SILENCE, at + 0.004, decaySeconds / 5);
    const tone = this.context.createBiquadFilter();
    tone.type = 'lowpass';
    tone.frequency.setValueAtTime(900 + 5200 * loudness, at);
    tone.frequency.setTargetAtTime(700, at, decaySeconds / 4);
    tone.connect(envelope).connect(this.#out);
    const strings = [-1.5, 1.5].map((cents) => this.#startString(pitch, cents, at, tone));
    const release = (end: number): void => {
      gain.setTargetAtTime(0, end, RELEASE_SECONDS / 4);
      for (const string of strings) string.stop(end + RELEASE_SECONDS * 2);
    };
    release(at + decaySeconds);
    return {
      release: (end) => {
        if (end < at + decaySeconds) release(end);
      },
      silence: () => {
        for (const string of strings) string.stop();
        envelope.disconnect();
      },
    };
  }

  /** Starts one of two slightly detuned strings, which sound warmer than one. */
  #startString(pitch: number, cents: number, at: number, into: AudioNode): OscillatorNode {
    const string = this.context.createOscillator();
    string.setPeriodicWave(this.#wave);
    string.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
    string.detune.value = cents;
    string.connect(into);
    string.start(at);
    return string;
  }
}
