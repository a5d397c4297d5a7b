import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';

import { cacheFolder, fetchAlone, homeFolder, type WaitOptions } from './cache-folder.js';

let cache: string;

describe('fetchAlone', () => {
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), 'ramble-alone-'));
  });
  afterEach(() => rm(cache, { recursive: true }));

  let made: number;
  beforeEach(() => (made = 0));
  const fetchIt = (options: WaitOptions = {}): Promise<void> =>
    fetchAlone('whale', join(cache, 'whale-1'), options, async () => {
      made++;
      await mkdir(join(cache, 'whale-1'));
    });

  it('makes a folder once for several calls at the same time', async () => {
    const messages: string[] = [];
    const onWait = (reason: string): number => messages.push(reason);
    await Promise.all([fetchIt({ onWait }), fetchIt({ onWait }), fetchIt({ onWait })]);
    expect(made).toBe(1);
    expect(new Set(messages)).toEqual(
      new Set([
        `whale: waiting for process ${process.pid}, which is getting it. If it no longer runs, remove ${cache}/whale.lock`,
      ]),
    );
    expect(messages).toHaveLength(2);
    expect(await readdir(cache)).toEqual(['whale-1']);
  });

  it('waits for another process, and continues when that is done', async () => {
    await writeFile(join(cache, 'whale.lock'), `${process.ppid}\n`);
    await fetchIt({ onWait: () => void rm(join(cache, 'whale.lock')) });
    expect(made).toBe(1);
  });

  it('stops waiting on abort', async () => {
    await writeFile(join(cache, 'whale.lock'), `${process.ppid}\n`);
    const abort = new AbortController();
    const waiting = fetchIt({
      signal: abort.signal,
      onWait: () => {
        abort.abort(new Error('Ctrl-C'));
      },
    });
    await expect(waiting).rejects.toThrow('Ctrl-C');
    expect([made, await readdir(cache)]).toEqual([0, ['whale.lock']]);
  });

  it('lets the next process try if making failed', async () => {
    const failing = fetchAlone('whale', join(cache, 'whale-1'), {}, () =>
      Promise.reject(new Error('no network')),
    );
    await expect(failing).rejects.toThrow(new Error('no network'));
    await fetchIt();
    expect(made).toBe(1);
  });
});

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
