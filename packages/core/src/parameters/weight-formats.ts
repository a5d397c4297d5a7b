import {
  BLOCK_OUTPUTS,
  EIGHT_BITS,
  findNonFinite,
  FOUR_BITS,
  GROUP_INPUTS,
  groupBytes,
  type GroupForm,
  toQ4Groups,
} from './block-layout.js';
import { BlockMatrix } from './block-matrix.js';
import { encodeFloat16, float16Values } from './float16.js';
import type { ActivationKind } from './parameter-store.js';
import { sizeOf } from './parameter.js';
import { rowFormat } from './row-format.js';
import {
  type FormatName,
  inputsOf,
  type LayoutName,
  type MatrixShape,
  matrixShape,
  type WeightFormat,
  type WeightMatrix,
} from './weight-format.js';

/** 32-bit floats, the only format that is trained. */
const F32: WeightFormat = rowFormat({
  name: 'f32',
  hasFloat16: false,
  matrix: ({ rows, width }) => {
    const values = new Float32Array(rows * width);
    return {
      stored: { layout: F32, array: values },
      writeRows: (firstRow, written) => values.set(written, firstRow * width),
      readRows: (firstRow, count) => values.slice(firstRow * width, (firstRow + count) * width),
    };
  },
  file: { dtype: 'F32', shape: ({ shape }) => shape },
});

/** 16-bit floats, rounded to nearest, ties to even. */
const F16: WeightFormat = rowFormat({
  name: 'f16',
  hasFloat16: true,
  matrix: ({ rows, width }) => {
    const bits = new Uint16Array(rows * width);
    return {
      stored: { layout: F16, array: bits },
      writeRows: (firstRow, values) => encodeFloat16(values, bits.subarray(firstRow * width)),
      readRows: (firstRow, count) => {
        const decoded = float16Values();
        const values = new Float32Array(count * width);
        const first = firstRow * width;
        for (let i = 0; i < values.length; i++) values[i] = decoded[bits[first + i]];
        return values;
      },
    };
  },
  file: { dtype: 'F16', shape: ({ shape }) => shape },
});

/** Number of consecutive entries of a row that share a scale. The last group of a row may have fewer. */
const GROUP = 64;

interface Group {
  /** Index of the group's scale. */
  readonly group: number;
  /** Index of the group's first entry. */
  readonly start: number;
  readonly end: number;
}

/**
 * Rows of 8-bit integers with a scale for every 64 of them: number = integer * scale. The largest magnitude in a
 * group becomes 127 or -127, and the others round to the nearest step. Scales are `[rows, groups]`.
 */
const INT8: WeightFormat = rowFormat({
  name: 'int8',
  hasFloat16: false,
  withInt8: 'q8',
  matrix: ({ rows, width }) => int8Matrix(rows, width),
  file: {
    dtype: 'I8',
    shape: ({ shape }) => shape,
    scales: ([rows, width]) => [rows, Math.ceil(width / GROUP)],
  },
});

function int8Matrix(rows: number, width: number): WeightMatrix {
  const groups = Math.ceil(width / GROUP);
  const kept = new Int8Array(rows * width);
  const scales = new Float32Array(rows * groups);
  function* groupsOf(firstRow: number, count: number): Generator<Group> {
    for (let group = firstRow * groups; group < (firstRow + count) * groups; group++) {
      const row = Math.floor(group / groups);
      const start = row * width + (group % groups) * GROUP;
      yield { group, start, end: Math.min(start + GROUP, (row + 1) * width) };
    }
  }
  return {
    stored: { layout: INT8, array: kept, scales },
    writeRows: (firstRow, values) => {
      const offset = firstRow * width;
      for (const { group, start, end } of groupsOf(firstRow, values.length / width)) {
        let largest = 0;
        for (let i = start; i < end; i++) {
          const value = values[i - offset];
          if (!Number.isFinite(value)) {
            throw new RangeError(`expected finite numbers for int8, got ${value}`);
          }
          largest = Math.max(largest, Math.abs(value));
        }
        scales[group] = largest / 127;
        const inverse = largest === 0 ? 0 : 127 / largest;
        // Same as Math.round, in a third of its time.
        for (let i = start; i < end; i++) kept[i] = Math.floor(values[i - offset] * inverse + 0.5);
      }
    },
    readRows: (firstRow, count) => {
      const values = new Float32Array(count * width);
      const offset = firstRow * width;
      for (const { group, start, end } of groupsOf(firstRow, count)) {
        for (let i = start; i < end; i++) values[i - offset] = kept[i] * scales[group];
      }
      return values;
    },
  };
}

/**
 * A format in blocks of 16 outputs by 32 inputs. All blocks of a panel of outputs precede the blocks of the next
 * panel. Numbers are rounded to the nearest step in the range of their group.
 */
export interface BlockFormat extends WeightFormat {
  /**
   * Makes a matrix of zeros. If inputs are rows, a group is rounded again when more of its rows are written,
   * so rows must be written in order.
   */
  matrix(shape: MatrixShape): BlockMatrix;
  /** Lossless conversions of a piece of a GGUF tensor to groups, by GGML type. */
  readonly ggml: Readonly<Record<string, (piece: Uint8Array) => Uint8Array>>;
}

/** Makes a format in blocks. */
function blockFormat(
  own: Pick<BlockFormat, 'name' | 'isChoice' | 'ggml'>,
  form: GroupForm,
): BlockFormat {
  const bytes = BLOCK_OUTPUTS * groupBytes(form);
  const blocksOf = ({ rows, width, inputs }: MatrixShape): [number, number, number] => {
    const [ins, outs] = inputs === 'rows' ? [rows, width] : [width, rows];
    return [Math.ceil(outs / BLOCK_OUTPUTS), Math.ceil(ins / GROUP_INPUTS), bytes];
  };
  const format: BlockFormat = {
    ...own,
    hasFloat16: true,
    withInt8: own.name,
    formatOf: (spec) => {
      if (spec.shape.length < 2) return 'f32';
      return inputsOf(spec) === undefined ? 'f16' : own.name; // blocks extend along the inputs of a product
    },
    lengthOf: (shape) => sizeOf(blocksOf(shape)),
    matrix: (shape) => {
      const array = new Uint8Array(sizeOf(blocksOf(shape)));
      return new BlockMatrix({ layout: format, array }, form, shape);
    },
    file: {
      dtype: 'U8',
      shape: (spec) => blocksOf(matrixShape(spec)),
      blocks: { bytes, findNonFinite: (piece, before) => findNonFinite(piece, before, form) },
    },
  };
  return format;
}

const asTheyLie = (piece: Uint8Array): Uint8Array => piece;

/** All formats of weights by name, in descending order of bits per weight. */
export const FORMATS = {
  f32: F32,
  f16: F16,
  int8: INT8,
  q8: blockFormat({ name: 'q8', isChoice: false, ggml: { Q8_0: asTheyLie } }, EIGHT_BITS),
  q4: blockFormat(
    { name: 'q4', isChoice: true, ggml: { Q4_1: asTheyLie, Q4_0: toQ4Groups } },
    FOUR_BITS,
  ),
} as const satisfies Readonly<Record<FormatName, WeightFormat>>;

const ALL: readonly (WeightFormat | BlockFormat)[] = Object.values(FORMATS);

/** The formats that users may choose. All except `f32` are for inference only. */
export const FORMAT_CHOICES: readonly FormatName[] = ALL.filter(({ isChoice }) => isChoice).map(
  ({ name }) => name,
);

/** Returns the format with the fewest bits per weight among some names; f32 if none of them is a format. */
export function narrowest(names: Iterable<LayoutName>): FormatName {
  const given = new Set(names);
  return ALL.reduce((found, { name }) => (given.has(name) ? name : found), F32.name);
}

/**
 * Returns the format in which weights are stored for products with activations of a number format. `name` is the
 * requested format of the weights.
 *
 * @throws RangeError for weights of more than 8 bits with `int8`.
 */
export function formatFor(activations: ActivationKind, name: FormatName): FormatName {
  const format = activations === 'f32' ? name : FORMATS[name].withInt8;
  if (format) return format;
  const known = FORMAT_CHOICES.filter((choice) => FORMATS[choice].withInt8).join(' or ');
  throw new RangeError(
    `activations: expected f32 with weights of ${name}, got int8; choose weights of ${known} for it`,
  );
}

/** Returns the format that stores tensors of a GGUF type without changes; `undefined` for any other type. */
export function formatOfGgml(type: string): BlockFormat | undefined {
  return ALL.find(
    (format): format is BlockFormat => 'ggml' in format && Object.hasOwn(format.ggml, type),
  );
}
