import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';

import type { Companion, Rendering } from '@ramble/command-line/features';
import type { SettingTable } from '@ramble/core';
import type { ContentOptions } from '@ramble/core/app';
import { exists } from '@ramble/node';

import { type MusicForms, showMusic } from './music-files.js';
import { abcToMidi } from './read-pieces.js';

interface SoundOptions {
  readonly wav: boolean;
  readonly soundfont?: string;
}

/** Paths of the system's default SoundFont: Debian's, then Fedora's and Arch's. */
const SYSTEM_SOUNDFONTS = [
  '/usr/share/sounds/sf2/default-GM.sf2',
  '/usr/share/soundfonts/default.sf2',
];
const SAMPLE_RATE = 44_100;
/** Number of audio samples that are rendered at once. */
const BLOCK = 128;
/** Seconds in which the last notes and the reverb fade out. */
const FADE_SECONDS = 2;

const SETTINGS: SettingTable<SoundOptions> = {
  wav: {
    kind: 'boolean',
    default: false,
    description:
      'Also write the sound of each output: song.wav next to song.mid. --out song.wav writes only the sound.',
  },
  soundfont: {
    kind: 'string',
    derived: "the system's, if it has one",
    description: 'The instruments that --wav plays: an SF2, SF3 or DLS file.',
  },
};

/**
 * Makes the feature `companion` that renders outputs with the instruments of a SoundFont, as WAV files in 16-bit
 * stereo at 44.1 kHz.
 *
 * @param midiOf - Writes an output of a prompt as a MIDI file.
 */
export function soundOf<Output>(
  midiOf: (output: Output, prompt?: object) => Uint8Array,
): Companion<Output, SoundOptions> {
  return {
    settings: SETTINGS,
    setting: 'wav',
    extension: '.wav',
    open: async ({ wav, soundfont }) => {
      if (!wav) {
        if (soundfont === undefined) return undefined;
        throw new RangeError('soundfont: expected --wav with it, got none');
      }
      const render = await loadRenderer(soundfont ?? (await findSoundfont()));
      return {
        make: async (output, prompt) => {
          const bytes = await render(bytesOf(midiOf(output, prompt as object | undefined))); // of the same app
          return { kind: 'file', extension: '.wav', bytes };
        },
      };
    },
  };
}

/**
 * Makes the feature `rendering`: it converts files to MIDI, piano roll, sheet music or sound without a model. Sheet
 * music gets the file's name as its title.
 *
 * @param read - Reads a file, and returns functions that convert it.
 */
export function renderingOf(
  read: (name: string, content: Uint8Array, options?: ContentOptions) => MusicForms,
): Rendering<MusicForms> {
  return {
    read: (name, content, options) => {
      const forms = read(name, abcToMidi(name, content), options);
      const title = basename(name, extname(name));
      return { ...forms, sheet: () => ({ ...forms.sheet(), title }) };
    },
    show: showMusic,
    companion: soundOf(({ midi }: MusicForms) => midi()),
  };
}

async function findSoundfont(): Promise<string> {
  for (const path of SYSTEM_SOUNDFONTS) {
    if (await exists(path)) return path;
  }
  throw new RangeError(
    'soundfont: expected a file in SF2, SF3 or DLS, got none, and the system has none (on Debian: apt-get install timgm6mb-soundfont)',
  );
}

type Renderer = (midi: ArrayBuffer) => Promise<Uint8Array>;

/** @throws Error when the file cannot be read, RangeError when it is no SoundFont. */
async function loadRenderer(path: string): Promise<Renderer> {
  const soundfont = await readFile(path).catch((error: unknown) => {
    throw new Error(`soundfont: expected a file, got ${path}, which cannot be read`, {
      cause: error,
    });
  });
  // The library takes long to load, so it is imported only for sound.
  const { audioToWav, BasicMIDI, SoundBankLoader, SpessaSynthProcessor, SpessaSynthSequencer } =
    await import('spessasynth_core');
  const bank = parsed(path, () => SoundBankLoader.fromArrayBuffer(bytesOf(soundfont)));
  return async (content) => {
    const midi = BasicMIDI.fromArrayBuffer(content);
    const synthesizer = new SpessaSynthProcessor(SAMPLE_RATE, { eventsEnabled: false });
    synthesizer.soundBankManager.addSoundBank(bank, 'main');
    await synthesizer.processorInitialized;
    const sequencer = new SpessaSynthSequencer(synthesizer);
    sequencer.skipToFirstNoteOn = false;
    if (midi.duration > 0) {
      sequencer.loadNewSongList([midi]); // warns of one without notes
      sequencer.play();
    }
    const count = Math.ceil(SAMPLE_RATE * (midi.duration + FADE_SECONDS));
    const [left, right] = [new Float32Array(count), new Float32Array(count)];
    for (let at = 0; at < count; at += BLOCK) {
      sequencer.processTick();
      synthesizer.process(left, right, at, Math.min(BLOCK, count - at));
    }
    return new Uint8Array(audioToWav([left, right], SAMPLE_RATE));
  };
}

function parsed<T>(path: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new RangeError(`soundfont: expected SF2, SF3 or DLS, got ${path}`, { cause: error });
  }
}

/** Copies bytes to a separate ArrayBuffer, because a small Buffer is a part of a larger one. */
function bytesOf(content: Uint8Array): ArrayBuffer {
  return Uint8Array.from(content).buffer;
}
