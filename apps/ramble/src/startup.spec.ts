import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startRamble } from '../test/start-ramble.js';

/** Returns the files that a command loads, as V8 reports them at its end. */
async function filesOf(words: readonly string[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ramble-startup-'));
  try {
    const env = { NODE_V8_COVERAGE: folder };
    expect(await startRamble(words, { env })).toMatchObject({ status: 0, stderr: '' });
    const files = new Set<string>();
    for (const name of await readdir(folder)) {
      const { result } = JSON.parse(await readFile(join(folder, name), 'utf8')) as {
        readonly result: readonly { readonly url: string }[]; // as V8 writes it
      };
      for (const { url } of result) if (url.startsWith('file:')) files.add(url);
    }
    return [...files];
  } finally {
    await rm(folder, { recursive: true });
  }
}

// Times are too noisy for a test: a file costs up to two milliseconds, and tfjs 150. `npm run bench:startup` prints them.
describe('the command loads few files', () => {
  it.each<[string, number]>([
    ['--version', 1],
    ['--help', 35],
    ['text train --help', 80],
    ['translation train --help', 190],
    ['summarization train --help', 190],
    ['music train --help', 200],
    ['band train --help', 200],
    ['anticipation train --help', 200],
    ['aria train --help', 200],
    ['chorales train --help', 200],
  ])('for ramble %s: at most %d', async (line, max) => {
    const files = await filesOf(line.split(' '));
    expect(files.filter((url) => /tfjs|zod|\/runs\/|datasets\/dist\/index/.test(url))).toEqual([]);
    expect(files.length).toBeGreaterThan(0);
    expect(files.length).toBeLessThanOrEqual(max);
  });
});
