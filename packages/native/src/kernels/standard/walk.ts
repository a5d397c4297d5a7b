import type { Walk } from '../../addon/ops.gen.js';

/** One axis of a loop over two arrays. */
export interface Axis {
  readonly size: number;
  /** Distance in entries between neighbours along the axis, in each array; 0 repeats an entry. */
  readonly strides: readonly [number, number];
}

/** Returns the strides of a shape: the distance in entries between neighbours along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** Returns the strides of a tensor that is repeated along axes that are larger in `shape`. */
export function repeatedStrides(from: readonly number[], shape: readonly number[]): number[] {
  const strides = stridesOf(from);
  const missing = shape.length - from.length;
  return shape.map((_, axis) =>
    axis < missing || from[axis - missing] === 1 ? 0 : strides[axis - missing],
  );
}

/** Returns the loop over axes, given from the outermost on; adjacent axes are merged where possible. */
export function walkOf(axes: readonly Axis[]): Walk {
  const merged: Axis[] = [];
  for (const axis of axes.filter(({ size }) => size !== 1)) {
    const outer = merged.at(-1);
    const continues = outer?.strides.every((stride, i) => stride === axis.strides[i] * axis.size);
    if (outer && continues) {
      merged[merged.length - 1] = { size: outer.size * axis.size, strides: axis.strides };
    } else {
      merged.push(axis);
    }
  }
  if (merged.length === 0) merged.push({ size: 1, strides: [1, 1] });
  const numbers = [
    ...merged.map(({ size }) => size),
    ...merged.map(({ strides }) => strides[0]),
    ...merged.map(({ strides }) => strides[1]),
  ];
  return { rank: merged.length, axes: Int32Array.from(numbers) };
}
