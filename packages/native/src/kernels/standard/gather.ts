import { expectIntegers } from '../expect-tensor.js';
import { areFloats, type StandardKernel } from './standard-kernel.js';

/** `GatherV2` of the first axis. */
export const gather: StandardKernel = {
  fits: ({ inputs: { x, indices }, attributes: { axis, batchDims } }) =>
    areFloats(x) && indices.dtype === 'int32' && axis === 0 && batchDims === 0,
  run: ({ inputs: { x, indices }, backend, addon }) => {
    const [rows, ...rest] = x.shape;
    const y = backend.output([...indices.shape, ...rest]);
    const [table, ids, numbers] = [backend.floats(x), backend.integers(indices), backend.floats(y)];
    expectIntegers('indices', ids, rows);
    addon.gather({ count: ids.length, width: table.length / rows, ids, table, y: numbers });
    return [y];
  },
};
