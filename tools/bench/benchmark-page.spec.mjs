import { describe, expect, it } from '@jest/globals';

import { benchmarkPage } from './benchmark-page.mjs';

const about = {
  machine: {
    processor: 'A processor',
    instructionSets: ['AVX2', 'FMA'],
    cores: 2,
    memoryGib: 24,
    system: 'Linux 6, x64',
  },
  loads: { start: 0.12, end: 1.9 },
  anyLoad: false,
  date: '2026-11-28',
  node: '20.20.2',
  commit: 'abc1234',
  threads: 2,
  rounds: 5,
  command: 'npm run bench:peers -- --table',
  explained: '[the rows](../benchmarks.md)',
};
const rows = {
  'train-A': {
    versions: { native: { ramble: '0.1.0' }, torch: { torch: '2.15.0' } },
    summary: {
      native: { medianMilliseconds: 20, bestMilliseconds: 16, peakMegabytes: 150 },
      torch: { medianMilliseconds: 30, bestMilliseconds: 20 },
      speed: { torch: 1.5 },
      limit: { gigabytesPerSecond: 20, milliseconds: 8, share: 0.5 },
    },
  },
  products: {
    versions: { native: { ramble: '0.1.0' }, mkl: { MKL: '2024.2', torch: '2.15.0' } },
    summary: {
      native: { products: { small: { medianGigaflops: 80, bestGigaflops: 90 } } },
      mkl: { products: { small: { medianGigaflops: 100, bestGigaflops: 120 } } },
      speed: { small: 0.8, 'geometric mean': 0.8 },
    },
  },
};
/** The cells of every line of a table, without the padding. */
const cellsOf = (page) =>
  page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );

describe('benchmarkPage', () => {
  it('describes the machine, the run and the versions, each once', async () => {
    const page = await benchmarkPage(about, rows);
    const cells = cellsOf(page);
    for (const fact of [
      ['processor', 'A processor'],
      ['instruction sets', 'AVX2, FMA'],
      ['cores', '2'],
      ['threads', '2'],
      ['memory', '24 GiB'],
      ['date', '2026-11-28'],
      ['Node.js', '20.20.2'],
      ['load of the last minute, start', '0.12'],
      ['torch', 'torch 2.15.0'],
      ['mkl', 'MKL 2024.2, torch 2.15.0'],
    ]) {
      expect(cells).toContainEqual(fact);
    }
    expect(cells.filter(([name]) => name === 'native')).toHaveLength(2); // its version, and its times
    expect(page).toContain('`npm run bench:peers -- --table`');
    expect(page).not.toContain('held to');
  });

  it('has a line for each contestant, with ratios of medians and of bests', async () => {
    const cells = cellsOf(await benchmarkPage(about, rows));
    expect(cells).toContainEqual(['native', '20', '16', '', '', '150']);
    expect(cells).toContainEqual(['torch', '30', '20', '1.50', '1.25', '']);
    expect(cells).toContainEqual(['small', 'native', '80', '90', '', '']);
    expect(cells).toContainEqual(['small', 'mkl', '100', '120', '0.80', '0.75']);
  });

  it('shows the limit of memory and the mean of products', async () => {
    const page = await benchmarkPage(about, rows);
    expect(page).toContain(
      'Memory gives 20 GB/s, at which a step takes 8 ms: the best step of native reaches 0.5 of that.',
    );
    expect(page).toContain('Native over the best peer of each product, geometric mean: 0.80.');
  });

  it('notes that it was measured at any load, and the instruction set of all', async () => {
    const loads = { start: 1.8, end: 2 };
    const page = await benchmarkPage({ ...about, loads, anyLoad: true, isa: 'avx2' }, rows);
    expect(page).toContain(
      '**Measured with `--any-load`:** the load was 1.80 at the start, so that times may be those of a busy machine.',
    );
    expect(cellsOf(page)).toContainEqual(['held to', 'avx2, except transformers.js']);
  });
});
