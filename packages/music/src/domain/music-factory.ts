import { checkSettings, type DomainFactory, type Files } from '@ramble/core';
import { parseJson } from '@ramble/core/files';

import type { MidiPiece } from '../notes/note.js';
import { musicDomain, type MusicDomain } from './music-domain.js';
import {
  MUSIC_OPTIONS,
  type MusicOptions,
  NOTE_LENGTHS,
  noteLengthCounts,
  type NoteLengths,
} from './note-lengths.js';

const SETTINGS_FILE = 'music.json';

/** Makes music domains: a run keeps which notes of a file count, and how long they are. */
export const musicFactory: DomainFactory<MusicDomain, MidiPiece, MusicOptions> = {
  fit: async (pieces, options) => {
    const domain = musicDomain(options);
    const counts = noteLengthCounts();
    for await (const piece of pieces) {
      for (const note of domain.soundingNotes(piece)) counts.add(note);
    }
    return musicDomain(options, counts.lengths());
  },

  save: ({ options, noteLengths }) => {
    const { pedal, drums, programs, accompaniment, controls } = options;
    // Left out if they are off: runs from earlier versions without these options keep their
    // fingerprints.
    const kept = {
      ...{ pedal, drums, programs },
      ...(accompaniment && { accompaniment }),
      ...(controls && { controls }),
      ...noteLengths,
    };
    return { [SETTINGS_FILE]: `${JSON.stringify(kept, undefined, 2)}\n` };
  },

  load: (files) => {
    const { options, noteLengths } = readSettings(files);
    return Promise.resolve(musicDomain(options, noteLengths));
  },
};

function readSettings(files: Files): {
  readonly options: MusicOptions;
  readonly noteLengths: NoteLengths;
} {
  try {
    if (!Object.hasOwn(files, SETTINGS_FILE))
      throw new Error('expected settings, got no such file');
    const saved: unknown = parseJson(files[SETTINGS_FILE]);
    if (typeof saved !== 'object' || saved === null) throw new Error('expected an object');
    const fields = Object.entries(saved);
    const isLength = ([name]: [string, unknown]): boolean => Object.hasOwn(NOTE_LENGTHS, name);
    const lengths = Object.fromEntries(fields.filter(isLength));
    const options = Object.fromEntries(fields.filter((field) => !isLength(field)));
    return {
      options: checkSettings<MusicOptions>(MUSIC_OPTIONS, options),
      noteLengths: checkSettings<NoteLengths>(NOTE_LENGTHS, lengths),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${SETTINGS_FILE}: ${reason}`, { cause: error });
  }
}
