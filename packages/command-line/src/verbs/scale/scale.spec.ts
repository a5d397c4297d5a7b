import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCommand } from '../../../test/run-command.js';

const GPT2 = ['scale', '--preset', 'gpt2', '--gflops', '400'];

describe('scale', () => {
  it('prints a row for each power of two and for the number of ranks', async () => {
    const { status, stdout } = await runCommand([...GPT2, '--ranks', '6', '--network', '1']);
    expect(status).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(
      '124,439,808 parameters, updates of 491,520 tokens; ' +
        'each rank has 400 GFLOP/s, 25 GB/s of memory and 1 Gb/s of network.',
    );
    expect(lines.slice(2, 7).map((line) => line.trim().split(/\s{2,}/)[0])).toEqual([
      ...['ranks', '1', '2', '4', '6'],
    ]);
    expect(lines[3]).toMatch(/ {2}0 s .* 100\.0 %$/);
  });

  it('needs more of a slow network than of a fast one', async () => {
    const efficiencies = await Promise.all(
      ['1', '10', '100'].map(async (network) => {
        const { stdout } = await runCommand([...GPT2, '--network', network, '--json']);
        const { costs } = JSON.parse(stdout) as { costs: { efficiency: number }[] };
        return costs[3].efficiency;
      }),
    );
    expect(efficiencies[0]).toBeLessThan(efficiencies[1]);
    expect(efficiencies[1]).toBeLessThan(efficiencies[2]);
    expect(efficiencies[2]).toBeLessThan(1);
  });

  it('shows the shards of moments and updates', async () => {
    const costsWith = async (...words: string[]) => {
      const { stdout } = await runCommand([...GPT2, '--network', '100', ...words, '--json']);
      return (JSON.parse(stdout) as { costs: { bytes: number; updating: number }[] }).costs;
    };
    const [whole, shared] = [await costsWith(), await costsWith('--shard-optimizer')];
    expect(shared[0]).toEqual(whole[0]);
    expect(shared[3].bytes / whole[3].bytes).toBeCloseTo((2 + 2 / 8) / 4, 12);
    expect(shared[3].updating).toBeCloseTo(whole[3].updating / 8, 12);
  });

  it("takes a run's model and update, and measures this machine", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ramble-scale-'));
    try {
      const [data, out] = [join(folder, 'book.txt'), join(folder, 'run')];
      writeFileSync(data, 'abcabc'.repeat(50));
      const recipe = ['--preset', 'tiny', '--max-steps', '1', '--batch-size', '2'];
      const trained = await runCommand([
        ...['letters', 'train', '--data', data, '--out', out, ...recipe],
        ...['--grad-accum-steps', '4'],
      ]);
      expect(trained.stderr).not.toContain('error');
      const { stdout } = await runCommand(['scale', '--model', out, '--ranks', '4', '--json']);
      const { model, update, cluster } = JSON.parse(stdout) as {
        model: { contextLength: number };
        update: { tokens: number; microBatchTokens: number };
        cluster: { operationsPerSecond: number };
      };
      expect(update.microBatchTokens).toBe(2 * model.contextLength);
      expect(update.tokens).toBe(8 * model.contextLength);
      expect(cluster.operationsPerSecond).toBeGreaterThan(1e6);
      const tooMany = await runCommand(['scale', '--model', out, '--ranks', '5']);
      expect(tooMany.status).toBe(2);
      expect(tooMany.stderr).toContain(
        '--ranks: expected at most 4, the micro-batches of an update, got 5',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    [['scale'], '--model: expected it or --preset, got none'],
    [['scale', '--model', 'a', '--preset', 'gpt2'], '--model: expected it or --preset, got both'],
    [[...GPT2, '--network', '0'], '--network: expected a number above 0, got 0'],
    [['scale', '--model', 'nowhere'], 'nowhere'],
  ])('refuses %j', async (words, message) => {
    const { status, stderr } = await runCommand(words);
    expect(status).not.toBe(0);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
