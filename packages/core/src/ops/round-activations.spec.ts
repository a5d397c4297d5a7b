import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import { roundActivations } from './linear.js';

const rounded = (rows: number[][]): number[] => [...roundActivations(tf.tensor2d(rows)).dataSync()];

describe('roundActivations', () => {
  it('rounds to multiples of a 127th of the largest of every 32 numbers', () => {
    const row = Array.from({ length: 70 }, (_, i) => Math.sin(i * i) * (i < 32 ? 1 : 100));
    const expected = row.flatMap((_, i) => {
      if (i % 32 > 0) return [];
      const group = row.slice(i, i + 32);
      const step = Math.max(...group.map(Math.abs)) / 127;
      return group.map((value) => Math.round(value / step) * step);
    });
    const actual = rounded([row]);
    expect(actual).toHaveLength(70);
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
    expect(Math.max(...actual.map((value, i) => Math.abs(value - row[i])))).toBeGreaterThan(0.1);
  });

  it('keeps the largest number of a group, zeros, and groups of zeros', () => {
    const row = new Array<number>(40).fill(0);
    row[3] = -2.5;
    expect(rounded([row, new Array<number>(40).fill(0)])).toEqual([
      ...row,
      ...new Array<number>(40).fill(0),
    ]);
  });
});
