import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { jest } from '@jest/globals';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

it('does what the README shows', async () => {
  const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
  const [, code] = /^```ts\n(.*?)^```$/ms.exec(readme)!;
  // Below the package, where its own name leads to its sources.
  await mkdir(join(PACKAGE, 'out-tsc'), { recursive: true });
  const folder = await mkdtemp(join(PACKAGE, 'out-tsc', 'readme-'));
  const log = jest.spyOn(console, 'log').mockReturnValue();
  try {
    await writeFile(join(folder, 'example.ts'), code);
    await import(join(folder, 'example.ts'));
    expect(log.mock.calls).toEqual([
      [11, 'the sea'],
      ['"t"'],
      [{ character: 7, byte: 11, word: 2 }],
    ]);
  } finally {
    log.mockRestore();
    await rm(folder, { recursive: true });
  }
});
