import {
  BLOCK_FORMATS,
  BLOCK_INPUTS,
  BLOCK_OUTPUTS,
  type BlockKind,
  blockShape,
  groupBytes,
} from './block-layout.js';
import { encodeFloat16, float16Values } from './float16.js';
import type { MatrixShape, NarrowMatrix } from './matrix.js';
import { quantizeGroup } from './quantize-group.js';
import type { StoredNumbers } from './stored-numbers.js';

/** 16 outputs are a panel. */
const PANEL_BITS = 4;

/** A matrix of 4-bit or 8-bit integers with a scale for every 32 inputs of an output. */
export interface BlockMatrix extends NarrowMatrix<Extract<StoredNumbers, { blocks: Uint8Array }>> {
  /**
   * Stores whole outputs as GGML has them, bit for bit.
   *
   * @param groups - The groups of each output, one output after the other: blocks of Q4_1 (20 bytes) for
   *   `q4`, of Q8_0 (34 bytes) for `q8`. Q4_0 is `q4` by `toQ4Groups`.
   * @throws RangeError unless they are whole outputs of the matrix.
   */
  writeGroups(firstOutput: number, groups: Uint8Array): void;
  /** Returns the values of some rows, dequantized. */
  readRows(firstRow: number, count: number): Float32Array;
}

/**
 * Makes a matrix in blocks, of zeros. Numbers are rounded to nearest in the range of their group. Where inputs
 * are rows, a group is rounded again when more of its rows are written: rows must come in their order.
 */
export function blockMatrix(kind: BlockKind, shape: MatrixShape): BlockMatrix {
  const { rows, width, inputs } = shape;
  const [panels, groups, bytes] = blockShape(kind, shape);
  const [ins, outs] = inputs === 'rows' ? [rows, width] : [width, rows];
  const { halves, words } = BLOCK_FORMATS[kind];
  const blocks = new Uint8Array(panels * groups * bytes);
  const blockHalves = new Uint16Array(blocks.buffer);
  const blockWords = new Uint32Array(blocks.buffer);
  /** Places of the first half and the first word of a group; the next ones are 16 further on. */
  const blockAt = (output: number, group: number): number =>
    ((output >> PANEL_BITS) * groups + group) * bytes;
  const halfAt = (output: number, group: number): number =>
    blockAt(output, group) / 2 + (output % BLOCK_OUTPUTS);
  const wordAt = (output: number, group: number): number =>
    blockAt(output, group) / 4 + halves * (BLOCK_OUTPUTS / 2) + (output % BLOCK_OUTPUTS);
  const inputsOf = (group: number): number => Math.min(BLOCK_INPUTS, ins - group * BLOCK_INPUTS);

  const x = new Float32Array(BLOCK_INPUTS);
  const q = new Int8Array(BLOCK_INPUTS);
  const packed = new Int8Array(4 * words);
  const packedWords = new Uint32Array(packed.buffer);

  /** Scales, and minimums, of groups that were rounded: they become 16-bit floats many at a time. */
  let ranges = new Float32Array(0);
  const startRanges = (count: number): void => {
    if (ranges.length !== count * halves) ranges = new Float32Array(count * halves);
  };
  /** Rounds x to the numbers of a group, whose range is number i. */
  const roundGroup = (output: number, group: number, i: number): void => {
    quantizeGroup(kind, x, inputsOf(group), q, ranges, i * halves);
    pack(q, packed);
    let at = wordAt(output, group);
    for (let w = 0; w < words; w++, at += BLOCK_OUTPUTS) blockWords[at] = packedWords[w];
  };
  const storeRanges = (placeOf: (i: number) => number): void => {
    const bits = new Uint16Array(ranges.length);
    encodeFloat16(ranges, bits);
    for (let i = 0, from = 0; from < bits.length; i++) {
      const at = placeOf(i);
      for (let h = 0; h < halves; h++) blockHalves[at + h * BLOCK_OUTPUTS] = bits[from++];
    }
  };

  const decoded = float16Values();
  const readGroup = (output: number, group: number): void => {
    const half = halfAt(output, group);
    const scale = decoded[blockHalves[half]];
    const minimum = halves === 2 ? decoded[blockHalves[half + BLOCK_OUTPUTS]] : 0;
    let at = wordAt(output, group);
    for (let w = 0; w < words; w++, at += BLOCK_OUTPUTS) packedWords[w] = blockWords[at];
    unpack(packed, q);
    for (let i = 0; i < BLOCK_INPUTS; i++) x[i] = q[i] * scale + minimum;
  };

  /** Rows of the group that was written last, as they were given: the next rows may complete it. */
  const open = { group: -1, rows: new Float32Array(inputs === 'rows' ? BLOCK_INPUTS * width : 0) };
  const openGroup = (group: number): void => {
    if (open.group === group) return;
    open.group = group;
    for (let output = 0; output < outs; output++) {
      readGroup(output, group);
      for (let i = 0; i < inputsOf(group); i++) open.rows[i * width + output] = x[i];
    }
  };
  const writeInputs = (firstRow: number, values: Float32Array): void => {
    const end = firstRow + values.length / width;
    for (let row = firstRow; row < end;) {
      const group = Math.floor(row / BLOCK_INPUTS);
      const from = row % BLOCK_INPUTS;
      const count = Math.min(inputsOf(group) - from, end - row);
      if (count < inputsOf(group)) openGroup(group);
      else open.group = group; // all of it is written
      const at = (row - firstRow) * width;
      open.rows.set(values.subarray(at, at + count * width), from * width);
      startRanges(outs);
      for (let output = 0; output < outs; output++) {
        let entry = output;
        for (let i = 0; i < inputsOf(group); i++, entry += width) x[i] = open.rows[entry];
        roundGroup(output, group, output);
      }
      storeRanges((output) => halfAt(output, group));
      row += count;
    }
  };
  const writeOutputs = (firstRow: number, values: Float32Array): void => {
    const count = values.length / width;
    startRanges(count * groups);
    for (let row = 0, i = 0; row < count; row++) {
      for (let group = 0; group < groups; group++, i++) {
        const first = row * width + group * BLOCK_INPUTS;
        for (let k = 0; k < inputsOf(group); k++) x[k] = values[first + k];
        roundGroup(firstRow + row, group, i);
      }
    }
    storeRanges((i) => halfAt(firstRow + Math.floor(i / groups), i % groups));
  };
  const readRows = (firstRow: number, count: number): Float32Array => {
    const values = new Float32Array(count * width);
    const end = inputs === 'rows' ? firstRow + count : width;
    const first = inputs === 'rows' ? firstRow : 0;
    for (let output = 0; output < (inputs === 'rows' ? width : count); output++) {
      for (let group = Math.floor(first / BLOCK_INPUTS); group * BLOCK_INPUTS < end; group++) {
        const start = group * BLOCK_INPUTS;
        readGroup(inputs === 'rows' ? output : firstRow + output, group);
        for (let i = Math.max(first, start); i < Math.min(end, start + BLOCK_INPUTS); i++) {
          values[inputs === 'rows' ? (i - firstRow) * width + output : output * width + i] =
            x[i - start];
        }
      }
    }
    return values;
  };

  return {
    stored: { kind, blocks },
    writeRows: inputs === 'rows' ? writeInputs : writeOutputs,
    writeGroups: (firstOutput, given) => {
      const size = groupBytes(kind);
      const count = given.length / size / groups;
      if (!Number.isInteger(count) || firstOutput + count > outs) {
        throw new RangeError(
          `expected at most ${outs - firstOutput} outputs of ${groups * size} bytes, got ${given.length} bytes`,
        );
      }
      open.group = -1;
      const view = new DataView(given.buffer, given.byteOffset, given.byteLength);
      for (let i = 0, at = 0; i < count * groups; i++) {
        const [output, group] = [firstOutput + Math.floor(i / groups), i % groups];
        const [half, word] = [halfAt(output, group), wordAt(output, group)];
        for (let h = 0; h < halves; h++, at += 2) {
          blockHalves[half + h * BLOCK_OUTPUTS] = view.getUint16(at, true);
        }
        for (let w = 0; w < words; w++, at += 4) {
          blockWords[word + w * BLOCK_OUTPUTS] = view.getUint32(at, true);
        }
      }
    },
    readRows,
    read: () => readRows(0, rows),
  };
}

/** Puts the numbers of a group as they lie: bytes, or two to a byte. */
function pack(q: Int8Array, packed: Int8Array): void {
  const isHalved = packed.length < q.length;
  for (let i = 0; i < packed.length; i++) {
    packed[i] = isHalved ? q[i] | (q[i + packed.length] << 4) : q[i];
  }
}

function unpack(packed: Int8Array, q: Int8Array): void {
  const isHalved = packed.length < q.length;
  for (let i = 0; i < packed.length; i++) {
    q[i] = isHalved ? packed[i] & 15 : packed[i];
    if (isHalved) q[i + packed.length] = (packed[i] >> 4) & 15;
  }
}

/**
 * Blocks of GGML's Q4_0 (18 bytes: a scale, and numbers from -8 to 7) as the groups that `q4` has: the same
 * numbers with the minimum -8 * scale.
 *
 * @throws RangeError for a scale of 8192 or more, whose minimum is no 16-bit float.
 */
export function toQ4Groups(q40: Uint8Array): Uint8Array {
  const count = q40.length / 18;
  const groups = new Uint8Array(count * 20);
  const [from, to] = [q40, groups].map(
    ({ buffer, byteOffset }) => new DataView(buffer, byteOffset),
  );
  const scales = Float32Array.from({ length: count }, (_, i) => {
    return -8 * float16Values()[from.getUint16(i * 18, true)];
  });
  const minimums = new Uint16Array(count);
  encodeFloat16(scales, minimums);
  for (let i = 0; i < count; i++) {
    to.setUint16(i * 20, from.getUint16(i * 18, true), true);
    to.setUint16(i * 20 + 2, minimums[i], true);
    groups.set(q40.subarray(i * 18 + 2, (i + 1) * 18), i * 20 + 4);
  }
  return groups;
}
