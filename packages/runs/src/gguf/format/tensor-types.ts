/** Storage format of a tensor type: blocks along the rows, each of `blockValues` values in `blockBytes` bytes. */
export interface TensorFormat {
  /** The type's number in the file. */
  readonly id: number;
  readonly blockValues: number;
  readonly blockBytes: number;
}

/** Tensor types that ramble can read. */
export const TENSOR_TYPES = {
  F32: { id: 0, blockValues: 1, blockBytes: 4 },
  F16: { id: 1, blockValues: 1, blockBytes: 2 },
  Q4_0: { id: 2, blockValues: 32, blockBytes: 18 },
  Q4_1: { id: 3, blockValues: 32, blockBytes: 20 },
  Q5_0: { id: 6, blockValues: 32, blockBytes: 22 },
  Q5_1: { id: 7, blockValues: 32, blockBytes: 24 },
  Q8_0: { id: 8, blockValues: 32, blockBytes: 34 },
  Q4_K: { id: 12, blockValues: 256, blockBytes: 144 },
  Q5_K: { id: 13, blockValues: 256, blockBytes: 176 },
  Q6_K: { id: 14, blockValues: 256, blockBytes: 210 },
  BF16: { id: 30, blockValues: 1, blockBytes: 2 },
} as const satisfies Record<string, TensorFormat>;

export type TensorType = keyof typeof TENSOR_TYPES;

/** Names of tensor types that ramble cannot read, for error messages. */
const OTHER_NAMES: Readonly<Record<number, string>> = {
  ...{ 9: 'Q8_1', 10: 'Q2_K', 11: 'Q3_K', 15: 'Q8_K', 16: 'IQ2_XXS', 17: 'IQ2_XS', 18: 'IQ3_XXS' },
  ...{ 19: 'IQ1_S', 20: 'IQ4_NL', 21: 'IQ3_S', 22: 'IQ2_S', 23: 'IQ4_XS', 24: 'I8', 25: 'I16' },
  ...{ 26: 'I32', 27: 'I64', 28: 'F64', 29: 'IQ1_M', 34: 'TQ1_0', 35: 'TQ2_0', 39: 'MXFP4' },
};

const BY_ID = new Map<number, TensorType>(
  Object.entries(TENSOR_TYPES).map(([name, { id }]) => [id, name as TensorType]), // its own keys
);

/**
 * Returns the tensor type with a number.
 *
 * @throws RangeError if ramble cannot read the type.
 */
export function tensorType(id: number): TensorType {
  const type = BY_ID.get(id);
  if (type !== undefined) return type;
  const known = [...BY_ID.values()].join(', ');
  throw new RangeError(`expected a type of ${known}, got ${OTHER_NAMES[id] ?? `number ${id}`}`);
}

/** Returns the size of a row in bytes; the width must be a whole number of blocks. */
export function rowBytes(type: TensorType, width: number): number {
  const { blockValues, blockBytes } = TENSOR_TYPES[type];
  return (width / blockValues) * blockBytes;
}
