import { homedir } from 'node:os';
import { join } from 'node:path';

import { cacheFolder } from './cache-folder.js';

describe('cacheFolder', () => {
  it.each([
    [{ RAMBLE_CACHE: '/data/ramble', XDG_CACHE_HOME: '/cache' }, '/data/ramble'],
    [{ XDG_CACHE_HOME: '/cache' }, join('/cache', 'ramble')],
    [{ RAMBLE_CACHE: '', XDG_CACHE_HOME: '' }, join(homedir(), '.cache', 'ramble')],
    [{ XDG_CACHE_HOME: 'relative' }, join(homedir(), '.cache', 'ramble')],
    [{}, join(homedir(), '.cache', 'ramble')],
  ])('of %j is %s', (environment, expected) => {
    expect(cacheFolder(environment)).toBe(expected);
  });
});
