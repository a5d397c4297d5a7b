import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { libraryPaths } from './launch.js';

describe('libraryPaths', () => {
  it("are the library in the launcher's folder, then its name", () => {
    const folder = mkdtempSync(join(tmpdir(), 'ramble-paths-'));
    try {
      mkdirSync(join(folder, 'lib'));
      const library = join(folder, 'lib/libmpi.so.40');
      writeFileSync(library, '');
      const programs = ['/bin/sh', join(folder, 'bin/mpirun'), join(folder, 'bin/prted')];
      expect(libraryPaths('libmpi.so.40', programs)).toEqual([library, 'libmpi.so.40']);
      expect(libraryPaths('libmpi.so.12', programs)).toEqual(['libmpi.so.12']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
