import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

const program = join(import.meta.dirname, 'rank-efficiency.mjs');

describe('rank-efficiency.mjs', () => {
  it.each([
    [['--mpi', 'nonsense'], '--mpi: expected one of mpich-5, got nonsense'],
    [['--mpi', 'mpich-5', '--rounds', '0'], '--rounds: expected a whole number above 0, got 0'],
    [['--mpi', 'mpich-5', '--steps', 'x'], '--steps: expected a whole number above 0, got x'],
  ])('refuses %j', (words, message) => {
    const cache = mkdtempSync(join(tmpdir(), 'ramble-mpis-'));
    try {
      mkdirSync(join(cache, 'mpi/mpich-5'), { recursive: true });
      writeFileSync(join(cache, 'mpi/mpich-5/launch.json'), JSON.stringify({ name: 'mpich-5' }));
      const env = { ...process.env, RAMBLE_CACHE: cache };
      const { status, stderr } = spawnSync(process.execPath, [program, ...words], {
        ...{ encoding: 'utf8', env },
      });
      expect([status, stderr]).toEqual([2, `error: ${message}\n`]);
    } finally {
      rmSync(cache, { recursive: true });
    }
  });
});
