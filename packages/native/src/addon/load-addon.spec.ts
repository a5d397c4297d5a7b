import { fileURLToPath } from 'node:url';

import { loadAddon } from './load-addon.js';

const here = fileURLToPath(import.meta.url);

describe('loadAddon', () => {
  it('takes the best instruction set that the processor has', () => {
    const sets = loadAddon({}).instructionSets();
    expect(['avx512', 'avx2', 'portable']).toEqual(expect.arrayContaining(sets));
    expect(sets.at(-1)).toBe('portable');
  });

  it.each(['0', 'abc', '-1', '1.5', '', '257'])('refuses %j threads', (text) => {
    expect(() => loadAddon({ RAMBLE_THREADS: text })).toThrow(
      new RangeError(`RAMBLE_THREADS: expected an integer from 1 to 256, got ${text}`),
    );
  });

  it('refuses an instruction set that the processor lacks', () => {
    const known = loadAddon({}).instructionSets().join(', ');
    expect(() => loadAddon({ RAMBLE_ISA: 'mmx' })).toThrow(
      new RangeError(`RAMBLE_ISA: expected one of ${known}, got mmx`),
    );
  });

  it('says why a binary does not load', () => {
    const missing = here.replace('load-addon.spec.ts', 'none.node');
    expect(() => loadAddon({ RAMBLE_NATIVE: missing })).toThrow(`${missing} does not load (`);
  });

  it('refuses what is not the binary of this version', () => {
    const foreign = fileURLToPath(new URL('../../package.json', import.meta.url));
    expect(() => loadAddon({ RAMBLE_NATIVE: foreign })).toThrow(
      new Error(`${foreign}: expected the binary of this version, got another one`),
    );
  });
});
