import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REAL = fileURLToPath(new URL('../../packages/music/fixtures/real/', import.meta.url));
const [satie, joplin] = ['satie-gymnopedie-no1', 'peacherine-rag'].map(
  (name) => `${REAL}${name}.mid`,
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ramble-examples-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts an example as a reader would, on what is built. */
function start(name: string, ...words: string[]): SpawnSyncReturns<string> {
  const path = fileURLToPath(new URL(name, import.meta.url));
  return spawnSync(process.execPath, [path, ...words], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

/** Runs an example, expects success, and returns its standard output. */
function run(name: string, ...words: string[]): string {
  const { status, stdout, stderr } = start(name, ...words);
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}
const at = (name: string): string => join(folder, name);
const isMidi = (path: string): boolean => readFileSync(path).subarray(0, 4).toString() === 'MThd';

describe('the examples of music', () => {
  it.each([
    ['continuation.mjs', 'SONG.mid OUT.mid [RUN] [SEED]'],
    ['accompaniment.mjs', 'MELODY.mid OUT.mid STEPS SONG.mid...'],
    ['attention-picture.mjs', 'SONG.mid OUT.html [RUN]'],
  ])('tell how %s is used', (name, words) => {
    expect(start(name)).toMatchObject({
      status: 2,
      stderr: `usage: node examples/music/${name} ${words}\n`,
    });
  });

  it('go on from a song', () => {
    const stdout = run('continuation.mjs', joplin, at('more.mid'));
    const [, all, before] = /: (\d+) notes, of which (\d+) were there/.exec(stdout)!;
    expect(Number(all)).toBeGreaterThan(Number(before) + 20);
    expect(isMidi(at('more.mid'))).toBe(true);
  });

  it('learn to play to a melody, and do', () => {
    const stdout = run('accompaniment.mjs', satie, at('with.mid'), '40', joplin);
    const losses = Array.from(stdout.matchAll(/: ([\d.]+) nats/g), ([, loss]) => Number(loss));
    expect(losses).toHaveLength(2);
    expect(losses[1]).toBeLessThan(losses[0]);
    expect(isMidi(at('with.mid'))).toBe(true);
  });

  it('draw the attention between notes', () => {
    run('attention-picture.mjs', joplin, at('attention.html'));
    expect(readFileSync(at('attention.html'), 'utf8')).toContain('<h1>peacherine-rag.mid</h1>');
  });
});
