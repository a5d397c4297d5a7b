import * as tf from '@tensorflow/tfjs-core';

import type { Reduction } from '../../addon/ops.gen.js';
import type { KernelCall } from '../kernel.js';
import { areFloats, sizeOf, type StandardKernel } from './standard-kernel.js';

/** A reduction of axes that lie side by side; `isMean` divides by their size. */
export function reduce(kind: Reduction, { isMean = false } = {}): StandardKernel {
  return {
    fits: (call) => {
      const axes = axesOf(call);
      return (
        areFloats(call.inputs.x) &&
        axes.length > 0 &&
        axes.every((axis, i) => i === 0 || axis === axes[i - 1] + 1)
      );
    },
    run: (call) => {
      const { inputs, attributes, backend, addon } = call;
      const { shape } = inputs.x;
      const axes = axesOf(call);
      const [first, behind] = [axes[0], axes[axes.length - 1] + 1];
      const length = sizeOf(shape.slice(first, behind));
      const kept = attributes.keepDims ? axes.map(() => 1) : [];
      const y = backend.output([...shape.slice(0, first), ...kept, ...shape.slice(behind)]);
      addon.reduce({
        kind,
        outer: sizeOf(shape.slice(0, first)),
        length,
        inner: sizeOf(shape.slice(behind)),
        factor: isMean ? 1 / length : 1,
        x: backend.floats(inputs.x),
        y: backend.floats(y),
      });
      return [y];
    },
  };
}

/** The axes to reduce, in order. */
function axesOf({ inputs: { x }, attributes }: KernelCall): number[] {
  // Sum and Mean say axis, Max and Min reductionIndices; without it all axes are meant.
  type Axes = Partial<Record<'axis' | 'reductionIndices', number | number[] | null>>;
  const { axis, reductionIndices = axis } = attributes as Axes;
  const axes = tf.util.parseAxisParam(reductionIndices ?? x.shape.map((_, i) => i), x.shape);
  return axes.sort((a, b) => a - b);
}
