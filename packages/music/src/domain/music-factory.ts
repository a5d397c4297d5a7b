import { checkSettings, type DomainFactory, type Files } from '@ramble/core';
import { parseJson } from '@ramble/core/files';

import type { MidiPiece } from '../notes/note.js';
import { musicDomain, type MusicDomain } from './music-domain.js';
import { MUSIC_OPTIONS, type MusicOptions } from './music-options.js';

const SETTINGS_FILE = 'music.json';

/** Makes music domains: nothing is learned, and the run keeps which notes of a file count. */
export const musicFactory: DomainFactory<MusicDomain, MidiPiece, MusicOptions> = {
  fit: (_, options) => Promise.resolve(musicDomain(options)),

  save: ({ options }) => {
    const { pedal, drums, programs, accompaniment } = options;
    // Left out where it is off: runs from before there was any keep their fingerprints.
    const kept = { pedal, drums, programs, ...(accompaniment && { accompaniment }) };
    return { [SETTINGS_FILE]: `${JSON.stringify(kept, undefined, 2)}\n` };
  },

  load: (files) => Promise.resolve(musicDomain(readOptions(files))),
};

function readOptions(files: Files): MusicOptions {
  try {
    if (!Object.hasOwn(files, SETTINGS_FILE))
      throw new Error('expected settings, got no such file');
    const options: unknown = parseJson(files[SETTINGS_FILE]);
    if (typeof options !== 'object' || options === null) throw new Error('expected an object');
    return checkSettings(MUSIC_OPTIONS, options as Partial<MusicOptions>); // checks any JSON
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${SETTINGS_FILE}: ${reason}`, { cause: error });
  }
}
