import * as tf from '@tensorflow/tfjs-core';

import { onCpu } from '../test/on-cpu.js';
import { runProcess, runWorker } from '../test/run-typescript.js';
import { firstLosses } from '../test/train-steps.js';
import { loadAddon } from './addon/load-addon.js';
import { nativeEngine } from './engine.js';

describe('the native engine in one process', () => {
  it('does not grow with its training steps and decoding steps', () => {
    const { status, stdout, stderr } = runProcess('measure-memory.ts', {
      nodeOptions: ['--expose-gc'],
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(Number(stdout)).toBeLessThan(8000); // bytes a step; the smallest activation has 23,040
  });

  const peakOf = (work: string): number => {
    const { status, stdout, stderr } = runProcess('measure-peak.ts', { env: { WORK: work } });
    expect([status, stderr]).toEqual([0, '']);
    return Number(stdout);
  };

  it('never stores the attention weights of all positions at once, nor the logits of all tokens', () => {
    expect(peakOf('attention')).toBeLessThan((4 * 8192 ** 2) / 4);
    expect(peakOf('crossEntropy')).toBeLessThan((4 * 2000 * 50257) / 2);
  });

  it('trains in half the memory if blocks are recomputed', () => {
    expect(peakOf('recompute')).toBeLessThan(peakOf('training') / 2);
  });

  it('throws if memory is exhausted, and works afterwards', () => {
    const { status, stdout, stderr } = runProcess('run-out-of-memory.ts', { memoryLimit: 5e6 });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      'RangeError: native: expected 4295 MB of free memory for a tensor, got none',
      "Error: native: expected memory for a kernel's scratch, got none",
      String(65 * 33 * 17),
      '',
    ]);
  });

  it('has the same losses in several worker threads at once as alone', async () => {
    await nativeEngine.load();
    const alone = await firstLosses(2, 20);
    const threads = ['1', '2', '2', '3'].map((count) =>
      runWorker('train-in-worker.ts', { RAMBLE_THREADS: count }),
    );
    expect(await Promise.all([firstLosses(2, 20), ...threads])).toEqual(
      new Array(threads.length + 1).fill(alone),
    );
  });

  it('works in alternation with another engine', async () => {
    await nativeEngine.load();
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const alone = await firstLosses(2, 2);
    const plain = await onCpu(() => firstLosses(2, 2));
    expect(plain.map((loss, i) => Math.abs(loss - alone[i]) < 1e-4)).toEqual([true, true]);
    // A tensor made on one engine is read on the other.
    const product = await onCpu(() => tf.matMul(x, tf.mul(x, 2)));
    expect([...tf.add(product, x).dataSync()]).toEqual([15, 22, 33, 48]);
    expect(await firstLosses(2, 2)).toEqual(alone);
  });

  it('uses no processor time when idle', async () => {
    await nativeEngine.load();
    loadAddon({ RAMBLE_THREADS: '3' });
    const square = tf.ones<tf.Rank.R2>([256, 256]);
    tf.matMul(square, square).dataSync();
    const before = process.cpuUsage();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
    const { user, system } = process.cpuUsage(before);
    loadAddon({});
    expect((user + system) / 1000).toBeLessThan(200); // a spinning thread would take 400 ms
  });
});
