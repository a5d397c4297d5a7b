import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { cacheFolder, homeFolder } from './lock/with-lock.js';

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

describe('homeFolder', () => {
  it("is the system's home folder if HOME is empty or relative", () => {
    expect(homeFolder('/home/a', () => '/home/b')).toBe('/home/a');
    for (const home of ['', '.', 'a']) expect(homeFolder(home, () => '/home/b')).toBe('/home/b');
    expect(() => homeFolder('', () => '')).toThrow(
      'HOME: expected the absolute path of a home folder, which holds the cache, got ""',
    );
  });

  (process.platform === 'win32' ? it.skip : it)('is absolute for a process with HOME=""', () => {
    const code = 'console.log(JSON.stringify([os.homedir(), os.userInfo().homedir]))';
    const printed = execFileSync(process.execPath, ['-e', code], {
      env: { HOME: '' },
      encoding: 'utf8',
    });
    const [home, known] = JSON.parse(printed) as [string, string];
    expect(homeFolder(home, () => known)).toMatch(/^\//);
  });
});
