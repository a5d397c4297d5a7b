import type { Note } from '@ramble/music';

/** Amplitudes of the partials, from the fundamental on. */
const PARTIALS = [1, 0.42, 0.22, 0.13, 0.07, 0.045, 0.02, 0.012];
const RELEASE_SECONDS = 0.18;
/** A note decays to silence while its key is down. */
const SILENCE = 0.0008;

/** A piano without samples: a few partials a note, which decay faster the higher it is. */
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
   * Strikes a note.
   *
   * @param at - When, in seconds of the context.
   * @returns what silences it at once.
   */
  strike({ pitch, velocity, startSeconds, endSeconds }: Note, at: number): () => void {
    const loudness = (velocity / 127) ** 1.6;
    const decaySeconds = 5.5 * 2 ** (-(pitch - 45) / 20);
    const end = at + Math.min(endSeconds - startSeconds, decaySeconds);
    const envelope = this.context.createGain();
    const { gain } = envelope;
    gain.setValueAtTime(0, at);
    gain.linearRampToValueAtTime(loudness, at + 0.004);
    gain.setTargetAtTime(SILENCE, at + 0.004, decaySeconds / 5);
    gain.setTargetAtTime(0, end, RELEASE_SECONDS / 4);
    const tone = this.context.createBiquadFilter();
    tone.type = 'lowpass';
    tone.frequency.setValueAtTime(900 + 5200 * loudness, at);
    tone.frequency.setTargetAtTime(700, at, decaySeconds / 4);
    tone.connect(envelope).connect(this.#out);
    const strings = [-1.5, 1.5].map((cents) => this.#startString(pitch, cents, at, end, tone));
    return () => {
      for (const string of strings) string.stop();
      envelope.disconnect();
    };
  }

  /** Two strings that are a little out of tune sound warmer than one. */
  #startString(
    pitch: number,
    cents: number,
    at: number,
    end: number,
    into: AudioNode,
  ): OscillatorNode {
    const string = this.context.createOscillator();
    string.setPeriodicWave(this.#wave);
    string.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
    string.detune.value = cents;
    string.connect(into);
    string.start(at);
    string.stop(end + RELEASE_SECONDS * 2);
    return string;
  }
}
