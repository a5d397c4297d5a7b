import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

const bench = (...words) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'bench.mjs'), ...words], {
    encoding: 'utf8',
  });

describe('bench.mjs', () => {
  it('measures the smallest row, prints it as JSON and writes its page', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ramble-bench-'));
    try {
      const out = join(folder, 'made', 'page.md');
      const run = bench('--rounds', '1', '--table', '--any-load', '--out', out, 'train-A');
      expect(run.stderr).toContain('train-A …\n');
      expect(run.status).toBe(0);
      const { results, versions } = JSON.parse(run.stdout);
      expect(Object.keys(results['train-A'])).toEqual(['native', 'wasm', 'speed']);
      expect(versions.native).toEqual({ ramble: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
      const page = readFileSync(out, 'utf8');
      expect(page).toContain('**Measured with `--any-load`:**');
      for (const name of ['native', 'wasm']) {
        const line = new RegExp(`^\\| ${name} +\\|([ \\d.|]+)\\|$`, 'm').exec(page)?.[1];
        const [median, best, , , peak] = line.split('|').map(Number);
        for (const number of [median, best, peak]) expect(number).toBeGreaterThan(0);
        expect(best).toBeLessThanOrEqual(median);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    [
      'a row that it does not know',
      ['nonsense'],
      /^error: row: expected one of products, products-bf16, train-A, .*, got nonsense\n$/,
    ],
    ['an option that it does not know', ['--nonsense'], /^error: Unknown option '--nonsense'.*\n$/],
    [
      'rounds that are no number',
      ['--rounds', 'x'],
      /^error: --rounds: expected a whole number above 0, got x\n$/,
    ],
    [
      'an instruction set that it does not know',
      ['--isa', 'sse'],
      /^error: isa: expected avx2, got sse\n$/,
    ],
  ])('refuses %s in one line', (_, words, message) => {
    const { status, stderr } = bench(...words);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});
