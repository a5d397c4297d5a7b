import { checkSettings, type DomainFactory, type Files, type SettingTable } from '@ramble/core';
import { parseJson } from '@ramble/core/files';

import { STEPS_PER_SECOND } from '../events/event-ids.js';
import type { MidiPiece } from '../notes/note.js';
import { musicDomain, type MusicDomain } from './music-domain.js';
import { MUSIC_OPTIONS, type MusicOptions } from './music-options.js';

const SETTINGS_FILE = 'music.json';

/** What a run keeps of its data. */
interface Kept {
  readonly longestNoteSeconds?: number;
}

const KEPT: SettingTable<Kept> = {
  longestNoteSeconds: {
    kind: 'number',
    min: 0,
    exclusive: 'min',
    derived: 'none in older runs',
    description: 'The longest note of the training data.',
  },
};

/** Makes music domains: a run keeps which notes of a file count, and how long the longest one is. */
export const musicFactory: DomainFactory<MusicDomain, MidiPiece, MusicOptions> = {
  fit: async (pieces, options) => {
    const domain = musicDomain(options);
    let longest: number | undefined;
    for await (const piece of pieces) {
      for (const { startSeconds, endSeconds } of domain.soundingNotes(piece)) {
        longest = Math.max(longest ?? 0, endSeconds - startSeconds);
      }
    }
    const steps = longest && Math.max(1, Math.round(longest * STEPS_PER_SECOND));
    return musicDomain(options, steps && steps / STEPS_PER_SECOND);
  },

  save: ({ options, longestNoteSeconds }) => {
    const { pedal, drums, programs, accompaniment } = options;
    // Left out where it is off: runs from before there was any keep their fingerprints.
    const kept = {
      ...{ pedal, drums, programs },
      ...(accompaniment && { accompaniment }),
      longestNoteSeconds,
    };
    return { [SETTINGS_FILE]: `${JSON.stringify(kept, undefined, 2)}\n` };
  },

  load: (files) => {
    const { options, longestNoteSeconds } = readSettings(files);
    return Promise.resolve(musicDomain(options, longestNoteSeconds));
  },
};

function readSettings(files: Files): {
  readonly options: MusicOptions;
  readonly longestNoteSeconds?: number;
} {
  try {
    if (!Object.hasOwn(files, SETTINGS_FILE))
      throw new Error('expected settings, got no such file');
    const saved: unknown = parseJson(files[SETTINGS_FILE]);
    if (typeof saved !== 'object' || saved === null) throw new Error('expected an object');
    const { longestNoteSeconds, ...options } = saved as Partial<MusicOptions> & Kept; // checks any JSON
    return {
      options: checkSettings<MusicOptions>(MUSIC_OPTIONS, options),
      ...checkSettings<Kept>(KEPT, {
        ...(longestNoteSeconds !== undefined && { longestNoteSeconds }),
      }),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${SETTINGS_FILE}: ${reason}`, { cause: error });
  }
}
