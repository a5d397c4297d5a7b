import {
  BLOCK_OUTPUTS,
  GROUP_INPUTS,
  groupBytes,
  type GroupForm,
  quantizeGroup,
} from './block-layout.js';
import { encodeFloat16, float16Values } from './float16.js';
import type { MatrixShape, StoredNumbers, WeightMatrix } from './weight-format.js';

/** Base-2 logarithm of the number of outputs of a panel. */
const PANEL_BITS = 4;

/** A matrix of integers in blocks, with a scale for every 32 inputs of an output. */
export class BlockMatrix implements WeightMatrix {
  readonly stored: StoredNumbers & { readonly array: Uint8Array };
  readonly #form: GroupForm;
  readonly #shape: MatrixShape;
  readonly #inputs: number;
  readonly #outputs: number;
  /** Number of groups of an output. */
  readonly #groups: number;
  readonly #blockBytes: number;
  readonly #halves: Uint16Array;
  readonly #words: Uint32Array;
  /** Buffer for the numbers of a group as floats. `#q` has them as integers, and `#packed` as packed integers. */
  readonly #x = new Float32Array(GROUP_INPUTS);
  readonly #q = new Int8Array(GROUP_INPUTS);
  readonly #packed: Int8Array;
  readonly #packedWords: Uint32Array;
  /** Buffer for scales and minimums of groups, which are converted to 16-bit floats many at a time. */
  #ranges = new Float32Array(0);
  /**
   * Values, not yet rounded, of the group of rows that was written last. The group is rounded again when further rows
   * of it are written.
   */
  readonly #openRows: Float32Array;
  #openGroup = -1;

  constructor(stored: BlockMatrix['stored'], form: GroupForm, shape: MatrixShape) {
    const { rows, width, inputs } = shape;
    this.stored = stored;
    this.#form = form;
    this.#shape = shape;
    [this.#inputs, this.#outputs] = inputs === 'rows' ? [rows, width] : [width, rows];
    this.#groups = Math.ceil(this.#inputs / GROUP_INPUTS);
    this.#blockBytes = BLOCK_OUTPUTS * groupBytes(form);
    this.#halves = new Uint16Array(stored.array.buffer);
    this.#words = new Uint32Array(stored.array.buffer);
    this.#packed = new Int8Array(4 * form.words);
    this.#packedWords = new Uint32Array(this.#packed.buffer);
    this.#openRows = new Float32Array(inputs === 'rows' ? GROUP_INPUTS * width : 0);
  }

  writeRows(firstRow: number, values: Float32Array): void {
    if (this.#shape.inputs === 'rows') this.#writeInputs(firstRow, values);
    else this.#writeOutputs(firstRow, values);
  }

  readRows(firstRow: number, count: number): Float32Array {
    const { width, inputs } = this.#shape;
    const values = new Float32Array(count * width);
    const x = this.#x;
    const [first, end] = inputs === 'rows' ? [firstRow, firstRow + count] : [0, width];
    for (let output = 0; output < (inputs === 'rows' ? width : count); output++) {
      for (let group = Math.floor(first / GROUP_INPUTS); group * GROUP_INPUTS < end; group++) {
        const start = group * GROUP_INPUTS;
        this.#readGroup(inputs === 'rows' ? output : firstRow + output, group);
        for (let i = Math.max(first, start); i < Math.min(end, start + GROUP_INPUTS); i++) {
          values[inputs === 'rows' ? (i - firstRow) * width + output : output * width + i] =
            x[i - start];
        }
      }
    }
    return values;
  }

  /**
   * Stores whole outputs in GGML's form without changes.
   *
   * @param given - The groups of each output, one output after the other: blocks of Q4_1 (20 bytes) for `q4`,
   *   of Q8_0 (34 bytes) for `q8`.
   * @returns the number of outputs.
   * @throws RangeError if the bytes are not whole outputs of the matrix.
   */
  writeGroups(firstOutput: number, given: Uint8Array): number {
    const { halves, words } = this.#form;
    const size = this.#groups * groupBytes(this.#form);
    const count = given.length / size;
    if (!Number.isInteger(count) || firstOutput + count > this.#outputs) {
      throw new RangeError(
        `expected at most ${this.#outputs - firstOutput} outputs of ${size} bytes, got ${given.length} bytes`,
      );
    }
    this.#openGroup = -1;
    const view = new DataView(given.buffer, given.byteOffset, given.byteLength);
    for (let i = 0, at = 0; i < count * this.#groups; i++) {
      const [output, group] = [firstOutput + Math.floor(i / this.#groups), i % this.#groups];
      const [half, word] = [this.#halfAt(output, group), this.#wordAt(output, group)];
      for (let h = 0; h < halves; h++, at += 2) {
        this.#halves[half + h * BLOCK_OUTPUTS] = view.getUint16(at, true);
      }
      for (let w = 0; w < words; w++, at += 4) {
        this.#words[word + w * BLOCK_OUTPUTS] = view.getUint32(at, true);
      }
    }
    return count;
  }

  #writeInputs(firstRow: number, values: Float32Array): void {
    const { width } = this.#shape;
    const [x, open] = [this.#x, this.#openRows];
    const end = firstRow + values.length / width;
    for (let row = firstRow; row < end;) {
      const group = Math.floor(row / GROUP_INPUTS);
      const from = row % GROUP_INPUTS;
      const all = this.#inputsIn(group);
      const count = Math.min(all - from, end - row);
      if (count < all) this.#open(group);
      else this.#openGroup = group; // the whole group is written
      const at = (row - firstRow) * width;
      open.set(values.subarray(at, at + count * width), from * width);
      this.#startRanges(this.#outputs);
      for (let output = 0; output < this.#outputs; output++) {
        let entry = output;
        for (let i = 0; i < all; i++, entry += width) x[i] = open[entry];
        this.#roundGroup(output, group, output);
      }
      this.#storeRanges((output) => this.#halfAt(output, group));
      row += count;
    }
  }

  #writeOutputs(firstRow: number, values: Float32Array): void {
    const { width } = this.#shape;
    const groups = this.#groups;
    const count = values.length / width;
    this.#startRanges(count * groups);
    for (let row = 0, i = 0; row < count; row++) {
      for (let group = 0; group < groups; group++, i++) {
        const first = row * width + group * GROUP_INPUTS;
        for (let k = 0; k < this.#inputsIn(group); k++) this.#x[k] = values[first + k];
        this.#roundGroup(firstRow + row, group, i);
      }
    }
    this.#storeRanges((i) => this.#halfAt(firstRow + Math.floor(i / groups), i % groups));
  }

  /** Decodes a group into `#openRows`, so that some of its rows can be overwritten. */
  #open(group: number): void {
    if (this.#openGroup === group) return;
    this.#openGroup = group;
    const { width } = this.#shape;
    for (let output = 0; output < this.#outputs; output++) {
      this.#readGroup(output, group);
      for (let i = 0; i < this.#inputsIn(group); i++) {
        this.#openRows[i * width + output] = this.#x[i];
      }
    }
  }

  #startRanges(count: number): void {
    const length = count * this.#form.halves;
    if (this.#ranges.length !== length) this.#ranges = new Float32Array(length);
  }

  /**
   * Rounds the numbers in `#x` and stores them as a group of an output. Their scale and minimum are written to
   * `#ranges`, as entry `i`, and stored later.
   */
  #roundGroup(output: number, group: number, i: number): void {
    const { halves, words, pack } = this.#form;
    const count = this.#inputsIn(group);
    const { name } = this.stored.layout;
    quantizeGroup(name, this.#form, this.#x, count, this.#q, this.#ranges, i * halves);
    pack(this.#q, this.#packed);
    let at = this.#wordAt(output, group);
    for (let w = 0; w < words; w++, at += BLOCK_OUTPUTS) this.#words[at] = this.#packedWords[w];
  }

  #storeRanges(placeOf: (i: number) => number): void {
    const bits = new Uint16Array(this.#ranges.length);
    encodeFloat16(this.#ranges, bits);
    for (let i = 0, from = 0; from < bits.length; i++) {
      const at = placeOf(i);
      for (let h = 0; h < this.#form.halves; h++)
        this.#halves[at + h * BLOCK_OUTPUTS] = bits[from++];
    }
  }

  /** Decodes the 32 values of a group of an output into `#x`. */
  #readGroup(output: number, group: number): void {
    const { halves, words, unpack } = this.#form;
    const [decoded, x, q] = [float16Values(), this.#x, this.#q];
    const half = this.#halfAt(output, group);
    const scale = decoded[this.#halves[half]];
    const minimum = halves === 2 ? decoded[this.#halves[half + BLOCK_OUTPUTS]] : 0;
    let at = this.#wordAt(output, group);
    for (let w = 0; w < words; w++, at += BLOCK_OUTPUTS) this.#packedWords[w] = this.#words[at];
    unpack(this.#packed, q);
    for (let i = 0; i < GROUP_INPUTS; i++) x[i] = q[i] * scale + minimum;
  }

  #inputsIn(group: number): number {
    return Math.min(GROUP_INPUTS, this.#inputs - group * GROUP_INPUTS);
  }

  #blockAt(output: number, group: number): number {
    return ((output >> PANEL_BITS) * this.#groups + group) * this.#blockBytes;
  }

  /** Returns the index in `#halves` of a group's scale. The minimum, if any, is 16 entries later. */
  #halfAt(output: number, group: number): number {
    return this.#blockAt(output, group) / 2 + (output % BLOCK_OUTPUTS);
  }

  /** Returns the index in `#words` of a group's first word. Each further word is 16 entries later. */
  #wordAt(output: number, group: number): number {
    const first = this.#form.halves * (BLOCK_OUTPUTS / 2);
    return this.#blockAt(output, group) / 4 + first + (output % BLOCK_OUTPUTS);
  }
}
