import { randomValues } from '../../test/random-values.js';
import { readJson } from '../../test/read-fixture.js';
import { toQ4Groups } from './block-layout.js';
import type { BlockMatrix } from './block-matrix.js';
import type { MatrixShape } from './weight-format.js';
import { FORMATS } from './weight-formats.js';

interface Blocks {
  readonly bytes: string;
  readonly values: readonly number[];
}
const { values, ...formats } = readJson('ggml-blocks/blocks.json') as {
  readonly values: readonly number[];
} & Record<'q4_0' | 'q4_1' | 'q8_0', Blocks>;
const [OUTS, INS] = [8, 64];
const table = { rows: OUTS, width: INS, inputs: 'columns' } as const;
const layer = { rows: INS, width: OUTS, inputs: 'rows' } as const;
/** -0 is 0. */
const exact = { rtol: 0, atol: 0 };
const given = Float32Array.from(values);
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const transposed = (x: ArrayLike<number>, rows: number, width: number): Float32Array =>
  Float32Array.from(
    { length: rows * width },
    (_, i) => x[(i % rows) * width + Math.floor(i / rows)],
  );

const blockMatrix = (kind: 'q4' | 'q8', shape: MatrixShape): BlockMatrix =>
  FORMATS[kind].matrix(shape);
const readAll = (matrix: BlockMatrix, { rows }: MatrixShape): Float32Array =>
  matrix.readRows(0, rows);

describe('a matrix in blocks', () => {
  const kinds = [
    ['q4', formats.q4_1],
    ['q8', formats.q8_0],
  ] as const;

  it.each(kinds)('rounds to the same bits as GGML, %s', (kind, expected) => {
    const rounded = blockMatrix(kind, table);
    rounded.writeRows(0, given);
    const copied = blockMatrix(kind, table);
    copied.writeGroups(0, bytesOf(expected.bytes));
    expect(rounded.stored).toEqual(copied.stored);
    expect(readAll(copied, table)).toBeAllClose(Float32Array.from(expected.values), exact);
  });

  it.each(kinds)('stores a layer [in, out] as the table [out, in], %s', (kind, expected) => {
    const matrix = blockMatrix(kind, layer);
    matrix.writeGroups(0, bytesOf(expected.bytes));
    expect(readAll(matrix, layer)).toBeAllClose(transposed(expected.values, OUTS, INS), exact);
    const rounded = blockMatrix(kind, layer);
    rounded.writeRows(0, transposed(given, OUTS, INS));
    expect(rounded.stored).toEqual(matrix.stored);
  });

  it('copies outputs in parts, from memory with any offset', () => {
    const whole = blockMatrix('q4', table);
    const all = bytesOf(formats.q4_1.bytes);
    whole.writeGroups(0, all);
    const parts = blockMatrix('q4', table);
    const shifted = Uint8Array.from([7, ...all]).subarray(1);
    parts.writeGroups(5, shifted.subarray(5 * 40));
    parts.writeGroups(0, shifted.subarray(0, 5 * 40));
    expect(parts.stored).toEqual(whole.stored);
  });

  it('has exactly the numbers of Q4_0', () => {
    const matrix = blockMatrix('q4', table);
    matrix.writeGroups(0, toQ4Groups(bytesOf(formats.q4_0.bytes)));
    expect(readAll(matrix, table)).toBeAllClose(Float32Array.from(formats.q4_0.values), exact);
  });

  it.each([
    ['q4', 'rows', [1, 30, 3, 41]],
    ['q8', 'rows', [31, 33, 11]],
    ['q4', 'columns', [1, 74]],
  ] as const)(
    'rounds rows written in parts the same as rows written at once, %s by %s',
    (kind, inputs, counts) => {
      const [rows, width] = [75, 37]; // not multiples of groups or panels
      const x = randomValues(rows * width, 1);
      const shape = { rows, width, inputs };
      const whole = blockMatrix(kind, shape);
      whole.writeRows(0, x);
      const parts = blockMatrix(kind, shape);
      let row = 0;
      for (const count of counts) {
        parts.writeRows(row, x.subarray(row * width, (row + count) * width));
        row += count;
      }
      expect(parts.stored).toEqual(whole.stored);
      expect(whole.readRows(31, 40)).toEqual(readAll(whole, shape).slice(31 * width, 71 * width));
      const atol = kind === 'q4' ? 0.25 : 0.02; // half a step of the widest range
      expect(readAll(whole, shape)).toBeAllClose(x, { rtol: 0, atol });
    },
  );

  it('keeps the rows of a group that are not written', () => {
    const shape = { rows: 40, width: 3, inputs: 'rows' } as const;
    const matrix = blockMatrix('q8', shape);
    const x = randomValues(120, 2);
    matrix.writeRows(0, x);
    matrix.writeRows(35, new Float32Array(3));
    const kept = x.slice();
    kept.fill(0, 105, 108);
    expect(readAll(matrix, shape)).toBeAllClose(kept, { rtol: 0, atol: 0.03 });
  });

  it('returns the shape of the blocks in a file', () => {
    const initializer = { kind: 'constant', value: 0 } as const;
    const spec = { name: 'a.weight', shape: [33, 17], initializer };
    expect(FORMATS.q4.file.shape(spec)).toEqual([2, 2, 320]);
    expect(FORMATS.q8.file.shape({ ...spec, rows: 'tokens' })).toEqual([3, 1, 544]);
  });

  it('refuses incomplete outputs', () => {
    const matrix = blockMatrix('q4', table);
    const error = new RangeError('expected at most 2 outputs of 40 bytes, got 39 bytes');
    expect(() => matrix.writeGroups(6, new Uint8Array(39))).toThrow(error);
    expect(() => matrix.writeGroups(6, new Uint8Array(120))).toThrow(
      new RangeError('expected at most 2 outputs of 40 bytes, got 120 bytes'),
    );
  });

  it.each([
    ['q4', 65520, 'expected numbers of at most 65504 for q4, got 65520'],
    ['q4', NaN, 'expected numbers of at most 65504 for q4, got NaN'],
    ['q8', -Infinity, 'expected numbers of at most 65504 for q8, got -Infinity'],
  ] as const)('refuses a number that %s cannot store: %d', (kind, value, message) => {
    const matrix = blockMatrix(kind, { rows: 1, width: 32, inputs: 'columns' });
    const x = new Float32Array(32).fill(1);
    x[3] = value;
    expect(() => matrix.writeRows(0, x)).toThrow(new RangeError(message));
  });

  it('refuses a scale of Q4_0 whose minimum is not a 16-bit float', () => {
    const group = new Uint8Array(18);
    group[1] = 0x70; // 8192
    expect(() => toQ4Groups(group)).toThrow(
      new RangeError('expected numbers of at most 65504 for f16, got -65536'),
    );
  });
});
