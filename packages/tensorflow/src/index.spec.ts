import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { jest } from '@jest/globals';

import { describeOnEngine } from '../test/describe-on-engine.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

describeOnEngine('README', () => {
  it('contains code that runs', async () => {
    const readme = await readFile(join(PACKAGE, 'README.md'), 'utf8');
    const [, code] = /^```ts\n(.*?)^```$/ms.exec(readme)!;
    // A folder below the package, where the package's name resolves to its sources.
    await mkdir(join(PACKAGE, 'out-tsc'), { recursive: true });
    const folder = await mkdtemp(join(PACKAGE, 'out-tsc', 'readme-'));
    const log = jest.spyOn(console, 'log').mockReturnValue();
    try {
      await writeFile(join(folder, 'example.ts'), code);
      await import(join(folder, 'example.ts'));
      expect(log).toHaveBeenCalledTimes(1);
      const [logits] = log.mock.calls[0] as [Float32Array];
      expect(logits).toHaveLength(65);
      expect(logits.every(Number.isFinite)).toBe(true);
    } finally {
      log.mockRestore();
      await rm(folder, { recursive: true });
    }
  });
});
