import type { Attributes } from '@ramble/core';

import type { ArrayBackend, Numbers } from '../array-backend.js';
import { gelu, geluSlope, geluTanh } from './gelu.js';
import type { KernelPair } from './kernel-pair.js';

/** An activation and its derivative. */
interface Activation {
  readonly value: (x: number) => number;
  readonly slope: (x: number) => number;
}

const SILU: Activation = {
  value: (x) => x / (1 + Math.exp(-x)),
  slope: (x) => {
    const share = 1 / (1 + Math.exp(-x));
    return share + x * share * (1 - share);
  },
};

const GELU: Activation = {
  value: (x) => gelu(x, geluTanh(x)),
  slope: (x) => geluSlope(x, geluTanh(x)),
};

/** Kernels of `Gated`. */
export function gatedKernels({ compute }: ArrayBackend): KernelPair {
  return {
    forward: ({ x }, attributes) => {
      const [N, width] = [x.shape[0], (x.shape[1] ?? 0) / 2];
      return compute([x], [[N, width]], ([xs], [ys]) => {
        gate(xs, ys, width, activationOf(attributes));
      });
    },
    backward: ({ dy, x }, attributes) => {
      const width = dy.shape[1] ?? 0;
      return compute([dy, x], [x.shape], (inputs, [dxs]) => {
        gateGradient(inputs, dxs, width, activationOf(attributes));
      });
    },
  };
}

function activationOf({ activation }: Attributes): Activation {
  return activation === 'gelu' ? GELU : SILU;
}

function gate(xs: Numbers, ys: Float32Array, width: number, { value }: Activation): void {
  for (let start = 0; start < ys.length; start += width) {
    for (let i = 0; i < width; i++) {
      const at = 2 * start + i;
      ys[start + i] = value(xs[at]) * xs[at + width];
    }
  }
}

function gateGradient(
  [dys, xs]: readonly Numbers[],
  dxs: Float32Array,
  width: number,
  { value, slope }: Activation,
): void {
  for (let start = 0; start < dys.length; start += width) {
    for (let i = 0; i < width; i++) {
      const [dy, at] = [dys[start + i], 2 * start + i];
      dxs[at] = dy * xs[at + width] * slope(xs[at]);
      dxs[at + width] = dy * value(xs[at]);
    }
  }
}
