import type { ArrayBackend } from '../array-backend.js';
import type { KernelPair } from './kernel-pair.js';
import { normalizeByRms, rmsGradient } from './rms-rows.js';

/** Kernels of `RmsNorm`; the residual is what each row was multiplied by beside the gain. */
export function rmsNormKernels({ compute }: ArrayBackend): KernelPair {
  return {
    forward: ({ x, gain }, { eps }) =>
      compute([x, gain], [x.shape, [x.shape[0]]], ([xs, gains], [ys, inverses]) => {
        const width = gains.length;
        for (let row = 0; row < inverses.length; row++) {
          const span = { start: row * width, width };
          inverses[row] = normalizeByRms(xs, gains, eps as number, ys, span); // eps is a number by type
        }
      }),
    backward: ({ dy, x, gain, residual0: inverse }) =>
      compute([dy, x, gain, inverse], [x.shape, gain.shape], (inputs, [dxs, dGains]) => {
        const width = dGains.length;
        const sums = new Float64Array(width);
        const [, , , inverses] = inputs;
        for (let row = 0; row < inverses.length; row++) {
          rmsGradient(inputs, inverses[row], dxs, sums, { start: row * width, width });
        }
        dGains.set(sums);
      }),
  };
}
