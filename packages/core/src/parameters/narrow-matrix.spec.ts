import { randomValues } from '../../test/random-values.js';
import { INT8_GROUP } from './int8-matrix.js';
import { narrowMatrix } from './narrow-matrix.js';
import type { MatrixShape } from './matrix.js';

const [ROWS, WIDTH] = [3, 2 * INT8_GROUP + 7];
const shapeOf = (rows: number, width: number): MatrixShape => ({ rows, width, inputs: 'columns' });

describe('narrowMatrix', () => {
  it.each(['f32', 'f16', 'int8', 'q8', 'q4', 'f32Panels', 'f16Panels', 'int8Panels'] as const)(
    'keeps %s numbers that were written by rows',
    (kind) => {
      const values = randomValues(ROWS * WIDTH, 1);
      const matrix = narrowMatrix(kind, shapeOf(ROWS, WIDTH));
      matrix.writeRows(1, values.subarray(WIDTH));
      expect(matrix.read().subarray(0, WIDTH)).toEqual(new Float32Array(WIDTH));
      matrix.writeRows(0, values.subarray(0, WIDTH));
      const steps = {
        int8: { atol: 0.02 },
        int8Panels: { atol: 0.02 },
        q8: { atol: 0.02 },
        q4: { atol: 0.25 },
      };
      const tolerance = {
        f32: {},
        f32Panels: {},
        f16Panels: { rtol: 2 ** -11 },
        f16: { rtol: 2 ** -11 },
        ...steps,
      }[kind];
      expect(matrix.read()).toBeAllClose(values, { rtol: 0, atol: 0, ...tolerance });
      const whole = narrowMatrix(kind, shapeOf(ROWS, WIDTH));
      whole.writeRows(0, values);
      expect(matrix.stored).toEqual(whole.stored);
    },
  );

  it('gives each group of an int8 row a scale of its own', () => {
    const matrix = narrowMatrix('int8', shapeOf(1, WIDTH));
    const values = new Float32Array(WIDTH).fill(1e-3);
    values[0] = -50;
    matrix.writeRows(0, values);
    const kept = matrix.read();
    expect([kept[0], kept[1], kept[INT8_GROUP - 1]]).toEqual([-50, 0, 0]);
    expect(kept.subarray(INT8_GROUP)).toBeAllClose(values.subarray(INT8_GROUP), { rtol: 1e-6 });
  });

  it('keeps a group of zeros, and what is smaller than a scale can say', () => {
    const matrix = narrowMatrix('int8', shapeOf(1, 2));
    matrix.writeRows(0, Float32Array.of(0, 0));
    expect([...matrix.read()]).toEqual([0, 0]);
    matrix.writeRows(0, Float32Array.of(1e-45, 0));
    expect([...matrix.read()]).toEqual([0, 0]);
  });

  it.each([
    ['f16', 65520, 'expected numbers of at most 65504 for f16, got 65520'],
    ['int8', NaN, 'expected finite numbers for int8, got NaN'],
    ['int8', -Infinity, 'expected finite numbers for int8, got -Infinity'],
  ] as const)('refuses what %s cannot keep: %d', (kind, value, message) => {
    const matrix = narrowMatrix(kind, shapeOf(1, 3));
    const write = (): void => matrix.writeRows(0, Float32Array.of(1, value, 2));
    expect(write).toThrow(new RangeError(message));
  });
});
