import type { TensorInfo } from '@tensorflow/tfjs-core';

/**
 * Checks a tensor before its memory goes to C++.
 *
 * @throws TypeError or RangeError that names the tensor.
 */
export function expectTensor(
  name: string,
  tensor: TensorInfo,
  shape: readonly number[],
  dtype: 'float32' | 'int32' = 'float32',
): void {
  if (tensor.dtype !== dtype) {
    throw new TypeError(`${name}: expected ${dtype}, got ${tensor.dtype}`);
  }
  const isRight =
    tensor.shape.length === shape.length && tensor.shape.every((size, i) => size === shape[i]);
  if (!isRight) {
    throw new RangeError(
      `${name}: expected shape [${shape.join(',')}], got [${tensor.shape.join(',')}]`,
    );
  }
}

/**
 * Checks row numbers before C++ follows them.
 *
 * @throws RangeError that names the first wrong one.
 */
export function expectIds(name: string, ids: Int32Array, rows: number): void {
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] < 0 || ids[i] >= rows) {
      throw new RangeError(`${name}: expected ids from 0 to ${rows - 1}, got ${ids[i]} at ${i}`);
    }
  }
}
