import { randomValues } from '../../test/random-values.js';
import type { LayoutName, MatrixShape } from './weight-format.js';
import { formatFor, formatOfGgml, FORMATS, narrowest } from './weight-formats.js';

const INT8_GROUP = 64;
const [ROWS, WIDTH] = [3, 2 * INT8_GROUP + 7];
const shapeOf = (rows: number, width: number): MatrixShape => ({ rows, width, inputs: 'columns' });

const layouts = Object.values(FORMATS).flatMap((format) =>
  format.panels ? [format, format.panels] : [format],
);
const namesOf = (named: readonly { readonly name: LayoutName }[]): LayoutName[] =>
  named.map(({ name }) => name);

describe('a matrix of a format', () => {
  it('is stored by rows, in blocks or in panels', () => {
    expect(namesOf(layouts)).toEqual([
      ...['f32', 'f32Panels', 'f16', 'f16Panels', 'int8', 'int8Panels', 'q8', 'q4'],
    ]);
  });

  it.each(layouts.map((layout) => [layout.name, layout] as const))(
    'stores %s numbers that are written by rows',
    (kind, layout) => {
      const values = randomValues(ROWS * WIDTH, 1);
      const matrix = layout.matrix(shapeOf(ROWS, WIDTH));
      matrix.writeRows(1, values.subarray(WIDTH));
      expect(matrix.readRows(0, ROWS).subarray(0, WIDTH)).toEqual(new Float32Array(WIDTH));
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
      expect(matrix.readRows(0, ROWS)).toBeAllClose(values, { rtol: 0, atol: 0, ...tolerance });
      expect(matrix.readRows(1, 1)).toEqual(matrix.readRows(0, ROWS).slice(WIDTH, 2 * WIDTH));
      expect(matrix.stored.array).toHaveLength(layout.lengthOf(shapeOf(ROWS, WIDTH)));
      const whole = layout.matrix(shapeOf(ROWS, WIDTH));
      whole.writeRows(0, values);
      expect(matrix.stored).toEqual(whole.stored);
    },
  );

  it('gives each group of an int8 row a separate scale', () => {
    const matrix = FORMATS.int8.matrix(shapeOf(1, WIDTH));
    const values = new Float32Array(WIDTH).fill(1e-3);
    values[0] = -50;
    matrix.writeRows(0, values);
    const kept = matrix.readRows(0, 1);
    expect([kept[0], kept[1], kept[INT8_GROUP - 1]]).toEqual([-50, 0, 0]);
    expect(kept.subarray(INT8_GROUP)).toBeAllClose(values.subarray(INT8_GROUP), { rtol: 1e-6 });
  });

  it('stores a group of zeros, and numbers smaller than any scale', () => {
    const matrix = FORMATS.int8.matrix(shapeOf(1, 2));
    matrix.writeRows(0, Float32Array.of(0, 0));
    expect([...matrix.readRows(0, 1)]).toEqual([0, 0]);
    matrix.writeRows(0, Float32Array.of(1e-45, 0));
    expect([...matrix.readRows(0, 1)]).toEqual([0, 0]);
  });

  it.each([
    ['f16', 65520, 'expected numbers of at most 65504 for f16, got 65520'],
    ['int8', NaN, 'expected finite numbers for int8, got NaN'],
    ['int8', -Infinity, 'expected finite numbers for int8, got -Infinity'],
  ] as const)('refuses a number that %s cannot store: %d', (kind, value, message) => {
    const matrix = FORMATS[kind].matrix(shapeOf(1, 3));
    const write = (): void => matrix.writeRows(0, Float32Array.of(1, value, 2));
    expect(write).toThrow(new RangeError(message));
  });
});

describe('formatFor', () => {
  it('selects blocks for 8-bit weights if activations are bytes', () => {
    expect((['int8', 'q8', 'q4'] as const).map((kind) => formatFor('int8', kind))).toEqual([
      'q8',
      'q8',
      'q4',
    ]);
  });

  it('selects the same format if activations are floats', () => {
    const kinds = ['f32', 'f16', 'int8', 'q8', 'q4'] as const;
    expect(kinds.map((kind) => formatFor('f32', kind))).toEqual(kinds);
  });

  it('refuses byte activations with wider weights', () => {
    expect(() => formatFor('int8', 'f16')).toThrow(
      new RangeError(
        'activations: expected f32 with weights of f16, got int8; choose weights of int8 or q4 for it',
      ),
    );
  });
});

describe('the table of formats', () => {
  it('finds the format with the fewest bits among some formats', () => {
    expect(narrowest(['f16', 'q8', 'int8', 'f32'])).toBe('q8');
    expect(narrowest(['f16Panels', 'f32'])).toBe('f32');
    expect(narrowest([])).toBe('f32');
  });

  it('finds the format that stores a type of GGUF files', () => {
    const types = ['Q8_0', 'Q4_0', 'Q4_1', 'Q6_K', 'toString'];
    expect(types.map((type) => formatOfGgml(type)?.name)).toEqual([
      ...['q8', 'q4', 'q4', undefined, undefined],
    ]);
  });
});
