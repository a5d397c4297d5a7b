/** A note as an instrument plays it. */
export interface SoundedNote {
  readonly pitch: number;
  readonly velocity: number;
  /** Program of General MIDI, 0 to 127; a piano if absent. */
  readonly program?: number;
  /** Whether the pitch is a drum of General MIDI. */
  readonly isDrum?: boolean;
}

/** Sound of a family of instruments. */
interface Voice {
  /** Amplitudes of the partials, beginning with the fundamental. */
  readonly partials: readonly number[];
  readonly attackSeconds: number;
  /** Seconds in which A2 decays to silence; higher notes decay faster. Absent for a sound that is sustained. */
  readonly decaySeconds?: number;
}

const PIANO: Voice = {
  partials: [1, 0.42, 0.22, 0.13, 0.07, 0.045, 0.02, 0.012],
  ...{ attackSeconds: 0.004, decaySeconds: 5.5 },
};
const BELL: Voice = { partials: [1, 0, 0.1, 0.3, 0, 0.15], attackSeconds: 0.002, decaySeconds: 3 };
const PLUCKED: Voice = {
  partials: [1, 0.6, 0.4, 0.3, 0.2, 0.14, 0.1, 0.07],
  ...{ attackSeconds: 0.003, decaySeconds: 3 },
};
const ORGAN: Voice = { partials: [1, 0.5, 0.2, 0.25, 0, 0.1], attackSeconds: 0.012 };
const BOWED: Voice = { partials: [1, 0.5, 0.33, 0.25, 0.2, 0.16, 0.14], attackSeconds: 0.06 };
const WIND: Voice = { partials: [1, 0.7, 0.45, 0.25, 0.12, 0.06], attackSeconds: 0.03 };

/** Voices of the 16 families of General MIDI, from piano to sound effects. */
const VOICES: readonly Voice[] = [
  ...[PIANO, BELL, ORGAN, PLUCKED, PLUCKED, BOWED, BOWED, WIND],
  ...[WIND, WIND, BOWED, BOWED, BOWED, PLUCKED, BELL, BELL],
];
/** Programs of pizzicato strings, harp and timpani, which sound plucked although their family has bowed strings. */
const PLUCKED_STRINGS = [45, 46, 47];
/** Factor of the loudness of sustained sounds, which would otherwise drown out struck ones. */
const SUSTAINED = 0.45;
const RELEASE_SECONDS = 0.18;
/** Amplitude that counts as silence, to which a held note decays. */
const SILENCE = 0.0008;

/** Lengths in seconds of the noise of General MIDI drums, by pitch: snares, claps, hi-hats and cymbals. */
const NOISE_SECONDS: Readonly<Partial<Record<number, number>>> = {
  ...{ 37: 0.05, 38: 0.2, 39: 0.15, 40: 0.2, 42: 0.06, 44: 0.06, 46: 0.4 },
  ...{ 49: 1.2, 51: 0.6, 52: 1.2, 53: 0.6, 54: 0.15, 55: 0.8, 57: 1.2, 59: 0.6, 70: 0.08 },
};
/** Lowest pitch of the drums whose noise sounds metallic (high-pass filter instead of band-pass filter). */
const FIRST_METAL = 41;
const LONGEST_NOISE = 1.2;

/** A note that was started; times are in seconds of the audio context. */
export interface StartedNote {
  /** Ends the note at a time. */
  readonly release: (at: number) => void;
  /** Silences the note immediately. */
  readonly silence: () => void;
}

/** Synthesized instruments: a few partials per note, and noise for drums. */
export class Synthesizer {
  readonly #out: AudioNode;
  readonly #waves = new Map<Voice, PeriodicWave>();
  #noise: AudioBuffer | undefined;

  constructor(private readonly context: AudioContext) {
    const limiter = context.createDynamicsCompressor();
    const volume = context.createGain();
    volume.gain.value = 0.32;
    volume.connect(limiter).connect(context.destination);
    this.#out = volume;
  }

  /**
   * Starts a note. A note of a struck or plucked instrument decays until it is released, and a drum
   * is not released.
   *
   * @param at - Start in seconds of the audio context.
   */
  strike(note: SoundedNote, at: number): StartedNote {
    if (note.isDrum) return this.#strikeDrum(note, at);
    const { pitch, velocity, program = 0 } = note;
    const family = VOICES[Math.floor(program / 8)] ?? PIANO;
    const voice = PLUCKED_STRINGS.includes(program) ? PLUCKED : family;
    const { attackSeconds, decaySeconds } = voice;
    const loudness = (velocity / 127) ** 1.6 * (decaySeconds === undefined ? SUSTAINED : 1);
    const lastSeconds = (decaySeconds ?? Infinity) * 2 ** (-(pitch - 45) / 20);
    const { envelope, gain } = this.#envelope(loudness, at, attackSeconds);
    const tone = this.context.createBiquadFilter();
    tone.type = 'lowpass';
    tone.frequency.setValueAtTime(900 + 5200 * loudness, at);
    if (decaySeconds !== undefined) {
      gain.setTargetAtTime(SILENCE, at + attackSeconds, lastSeconds / 5);
      tone.frequency.setTargetAtTime(700, at, lastSeconds / 4);
    }
    tone.connect(envelope);
    const strings = this.#startStrings(pitch, voice, at);
    for (const string of strings) string.connect(tone);
    const release = (end: number): void => {
      gain.setTargetAtTime(0, end, RELEASE_SECONDS / 4);
      for (const string of strings) string.stop(end + RELEASE_SECONDS * 2);
    };
    if (decaySeconds !== undefined) release(at + lastSeconds);
    return {
      release: (end) => {
        if (end < at + lastSeconds) release(end);
      },
      silence: () => {
        for (const string of strings) string.stop();
        envelope.disconnect();
      },
    };
  }

  /** Starts two slightly detuned strings, which sound warmer than one. */
  #startStrings(pitch: number, voice: Voice, at: number): OscillatorNode[] {
    return [-1.5, 1.5].map((cents) => {
      const string = this.context.createOscillator();
      string.setPeriodicWave(this.#waveOf(voice));
      string.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
      string.detune.value = cents;
      string.start(at);
      return string;
    });
  }

  /** Strikes a drum: a tone that falls, noise, or both. */
  #strikeDrum({ pitch, velocity }: SoundedNote, at: number): StartedNote {
    const noiseSeconds = NOISE_SECONDS[pitch];
    const seconds = noiseSeconds ?? 0.3;
    const { envelope, gain } = this.#envelope((velocity / 127) ** 1.6, at, 0.002);
    gain.setTargetAtTime(0, at + 0.002, seconds / 5);
    const sources: AudioScheduledSourceNode[] = [];
    if (noiseSeconds !== undefined) {
      const source = this.context.createBufferSource();
      source.buffer = this.#noise ??= whiteNoise(this.context);
      const filter = this.context.createBiquadFilter();
      filter.type = pitch < FIRST_METAL ? 'bandpass' : 'highpass';
      filter.frequency.value = pitch < FIRST_METAL ? 1800 : 6500;
      source.connect(filter).connect(envelope);
      sources.push(source);
    }
    if (noiseSeconds === undefined || pitch < FIRST_METAL) {
      const drum = this.context.createOscillator();
      const hertz = 55 * 2 ** (Math.max(0, pitch - 35) / 9);
      drum.frequency.setValueAtTime(2.4 * hertz, at);
      drum.frequency.exponentialRampToValueAtTime(hertz, at + 0.06);
      drum.connect(envelope);
      sources.push(drum);
    }
    for (const source of sources) {
      source.start(at);
      source.stop(at + seconds);
    }
    return {
      release: () => undefined,
      silence: () => {
        for (const source of sources) source.stop();
        envelope.disconnect();
      },
    };
  }

  #envelope(loudness: number, at: number, attackSeconds: number) {
    const envelope = this.context.createGain();
    const { gain } = envelope;
    gain.setValueAtTime(0, at);
    gain.linearRampToValueAtTime(loudness, at + attackSeconds);
    envelope.connect(this.#out);
    return { envelope, gain };
  }

  #waveOf(voice: Voice): PeriodicWave {
    const sines = Float32Array.from([0, ...voice.partials]);
    const wave =
      this.#waves.get(voice) ??
      this.context.createPeriodicWave(new Float32Array(sines.length), sines);
    this.#waves.set(voice, wave);
    return wave;
  }
}

/** Returns noise for the longest drum, from a linear congruential generator. */
function whiteNoise(context: AudioContext): AudioBuffer {
  const { sampleRate } = context;
  const buffer = context.createBuffer(1, LONGEST_NOISE * sampleRate, sampleRate);
  const samples = buffer.getChannelData(0);
  let state = 1;
  samples.forEach((_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    samples[i] = state / 2 ** 31 - 1;
  });
  return buffer;
}
