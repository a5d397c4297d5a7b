import type { Kernel } from './kernel.js';
import { gelu, geluGrad } from './gelu.js';
import { raw } from '../raw-ops.js';

/** `FusedLinear`: residuals are the sum before GELU and GELU's sigmoid. */
export const fusedLinear: Kernel = ({ x, weight, ...given }, { activation }) => {
  const { bias } = given as Partial<typeof given>; // where the layer has one
  const product = raw.matMul(x, weight);
  const sum = bias ? raw.biasAdd(product, bias) : product;
  if (activation !== 'gelu') return [sum];
  const [y, share] = gelu(sum);
  return [y, sum, share];
};

export const fusedLinearGrad: Kernel = (
  { dy, x, weight, residual0: sum, residual1: share },
  { activation, hasBias },
) => {
  const dSum = activation === 'gelu' ? geluGrad(dy, sum, share) : dy;
  return [
    raw.matMul(dSum, weight, false, true),
    raw.matMul(x, dSum, true, false),
    ...(hasBias ? [raw.biasAddGrad(dSum)] : []),
  ];
};
