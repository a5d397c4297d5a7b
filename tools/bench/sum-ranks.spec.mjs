import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { installedMpis } from '@ramble/node/testing';

const [installed] = installedMpis();
const program = join(import.meta.dirname, 'sum-ranks.mjs');

describe('sum-ranks.mjs', () => {
  let cache;

  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'ramble-mpis-'));
  });
  afterEach(() => rmSync(cache, { recursive: true }));

  /** Runs the script with a cache folder of MPIs with these names, which are never started. */
  const sumRanks = (names, ...words) => {
    for (const name of names) {
      mkdirSync(join(cache, 'mpi', name), { recursive: true });
      writeFileSync(join(cache, 'mpi', name, 'launch.json'), JSON.stringify({ name }));
    }
    const env = { ...process.env, RAMBLE_CACHE: cache };
    return spawnSync(process.execPath, [program, ...words], { encoding: 'utf8', env });
  };

  it.each([
    [['--mpi', 'nonsense'], '--mpi: expected one of mpich-5, openmpi-5, got nonsense'],
    [['--rounds', '0'], '--rounds: expected a whole number above 0, got 0'],
    [['--megabytes', 'many'], '--megabytes: expected a whole number above 0, got many'],
    [['--ranks', '1.5'], '--ranks: expected a whole number above 0, got 1.5'],
  ])('refuses %j', (words, message) => {
    const { status, stdout, stderr } = sumRanks(['mpich-5', 'openmpi-5'], ...words);
    expect([status, stdout, stderr]).toEqual([2, '', `error: ${message}\n`]);
  });

  it('refuses an unknown option', () => {
    const { status, stderr } = sumRanks(['mpich-5'], '--rank', '2');
    expect(stderr).toMatch(/^error: Unknown option '--rank'.*\n$/);
    expect(status).toBe(2);
  });

  it('advises how to get an MPI if the cache has none', () => {
    const { status, stderr } = sumRanks([]);
    expect(stderr).toBe('error: MPI: the cache has none; run npm run setup:mpi\n');
    expect(status).toBe(2);
  });

  (installed ? it : it.skip)('times sums of both programs under an MPI', () => {
    const words = ['--mpi', installed?.name, '--megabytes', '1', '--rounds', '1'];
    const run = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' });
    expect(run.stderr).toBe(`${installed.name} …\n`);
    expect(run.status).toBe(0);
    const { results, ranks } = JSON.parse(run.stdout);
    expect(ranks).toBe(2);
    const { median, best } = results[installed.name];
    for (const { milliseconds, ratio } of [median, best]) {
      expect(ratio / (milliseconds.plain / milliseconds.ours)).toBeCloseTo(1, 1);
    }
    for (const who of ['ours', 'plain']) {
      expect(best.milliseconds[who]).toBeGreaterThan(0);
      expect(best.milliseconds[who]).toBeLessThanOrEqual(median.milliseconds[who]);
      const bytesPerSecond = 1e6 / (median.milliseconds[who] / 1000);
      expect(median.gigabytesPerSecond[who] / (bytesPerSecond / 1e9)).toBeCloseTo(1, 1);
    }
  });
});
