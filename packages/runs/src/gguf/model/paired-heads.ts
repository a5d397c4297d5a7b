/** Rows of the heads of queries or keys. */
export interface HeadRows {
  /** Bytes of a row. */
  readonly rowBytes: number;
  /** Rows of a head. */
  readonly headDim: number;
}

/**
 * Puts the rows of whole heads from llama.cpp's order into Hugging Face's: a pair of columns that
 * rotate together lies side by side in a GGUF file, half a head apart in Hugging Face's.
 *
 * @returns new bytes.
 */
export function partPairs(bytes: Uint8Array, { rowBytes, headDim }: HeadRows): Uint8Array {
  return moveRows(bytes, rowBytes, headDim, (row) => (row >>> 1) + (row & 1) * (headDim / 2));
}

/**
 * Puts the rows of whole heads from Hugging Face's order into llama.cpp's.
 *
 * @returns new bytes.
 */
export function joinPairs(bytes: Uint8Array, { rowBytes, headDim }: HeadRows): Uint8Array {
  const half = headDim / 2;
  return moveRows(bytes, rowBytes, headDim, (row) => (row < half ? 2 * row : 2 * (row - half) + 1));
}

function moveRows(
  bytes: Uint8Array,
  rowBytes: number,
  headDim: number,
  placeOf: (row: number) => number,
): Uint8Array {
  const moved = new Uint8Array(bytes.length);
  const headBytes = headDim * rowBytes;
  for (let head = 0; head < bytes.length; head += headBytes) {
    for (let row = 0; row < headDim; row++) {
      const from = head + row * rowBytes;
      moved.set(bytes.subarray(from, from + rowBytes), head + placeOf(row) * rowBytes);
    }
  }
  return moved;
}
