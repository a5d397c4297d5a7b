import { checkSettings, type DomainFactory } from '@ramble/core';
import { parseJson } from '@ramble/core/files';

import type { Score } from '../score/score.js';
import { bandDomain, type BandDomain } from './band-domain.js';
import { BAND_OPTIONS, type BandOptions } from './band-options.js';

const FILE = 'band.json';

/** Makes domains of several instruments: a run keeps its options, from which its vocabulary follows. */
export const bandFactory: DomainFactory<BandDomain, Score, BandOptions> = {
  fit: (_, options) => Promise.resolve(bandDomain(options)),
  save: ({ options }) => {
    const { tracks, positionsPerBeat, velocities, tempos } = options;
    const kept = { tracks, positionsPerBeat, velocities, tempos };
    return { [FILE]: `${JSON.stringify(kept, undefined, 2)}\n` };
  },
  load: (files) => {
    try {
      if (!Object.hasOwn(files, FILE)) throw new Error('expected settings, got no such file');
      const saved: unknown = parseJson(files[FILE]);
      if (typeof saved !== 'object' || saved === null) throw new Error('expected an object');
      return Promise.resolve(bandDomain(checkSettings<BandOptions>(BAND_OPTIONS, { ...saved })));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return Promise.reject(new Error(`${FILE}: ${reason}`, { cause: error }));
    }
  },
};
