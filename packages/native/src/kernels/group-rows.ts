import type { RowGroups } from '@ramble/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';

import { expectTensor } from './expect-tensor.js';
import type { Kernel, KernelCall } from './kernel.js';
import { walkOf } from './standard/walk.js';

interface Sizes extends RowGroups {
  readonly length: number;
  readonly columns: number;
}

/** The kernel of `GroupRows`. */
export const groupRows: Kernel = (call) => {
  const { batch, groupLength, length, columns } = sizesOf(call);
  expectTensor('x', call.inputs.x, [batch * length, columns]);
  const y = call.backend.output(groupShape(call));
  if (length % groupLength !== 0) fillBehind(call, y);
  copyColumns(call, call.inputs.x, y, 'toGroups');
  return [y];
};

/** The kernel of `GroupRowsGrad`. */
export const groupRowsGrad: Kernel = (call) => {
  const { batch, length, columns } = sizesOf(call);
  expectTensor('dy', call.inputs.dy, groupShape(call));
  const dx = call.backend.output([batch * length, columns]);
  call.backend.floats(dx).fill(0);
  copyColumns(call, call.inputs.dy, dx, 'toPositions');
  return [dx];
};

function sizesOf({ attributes }: KernelCall): Sizes {
  return attributes as unknown as Sizes; // groupRows() put them there
}

function groupShape(call: KernelCall): [number, number] {
  const { batch, groupLength, width, length } = sizesOf(call);
  return [batch * Math.ceil(length / groupLength), groupLength * width];
}

/** Zeros after the last position of each sequence. */
function fillBehind(call: KernelCall, y: TensorInfo): void {
  const { batch, groupLength, width, length } = sizesOf(call);
  const size = Math.ceil(length / groupLength) * groupLength * width; // of a sequence
  const numbers = call.backend.floats(y);
  for (let b = 0; b < batch; b++) numbers.fill(0, b * size + length * width, (b + 1) * size);
}

function copyColumns(
  call: KernelCall,
  from: TensorInfo,
  to: TensorInfo,
  way: 'toGroups' | 'toPositions',
): void {
  const { batch, groupLength, firstColumn, width, length, columns } = sizesOf(call);
  const grouped = Math.ceil(length / groupLength) * groupLength;
  const strides = (positions: number, groups: number): [number, number] =>
    way === 'toGroups' ? [positions, groups] : [groups, positions];
  const walk = walkOf([
    { size: batch, strides: strides(length * columns, grouped * width) },
    { size: length, strides: strides(columns, width) },
    { size: width, strides: [1, 1] },
  ]);
  call.addon.copy({
    walk,
    from: call.backend.floats(from),
    start: way === 'toGroups' ? firstColumn : 0,
    to: call.backend.floats(to),
    toStart: way === 'toGroups' ? 0 : firstColumn,
  });
}
