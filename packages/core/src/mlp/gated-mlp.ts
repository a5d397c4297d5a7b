import type { GateActivation } from '../ops/gated.js';
import { linearSpecs } from '../parameters/parameter.js';
import type { MlpKind } from './mlp-kind.js';

/** The default width is a multiple of this, which kernels like. */
const STEP = 32;

/**
 * An MLP whose wide layer is let through by a gate: one matrix makes both, the gate's columns first.
 * Its third matrix makes two thirds of the width of GPT-2's MLP as many parameters.
 *
 * @see Shazeer 2020, https://arxiv.org/abs/2002.05202
 */
export function gatedMlp(activation: GateActivation): MlpKind {
  return {
    defaultDim: (nEmbd) => STEP * Math.ceil((8 * nEmbd) / 3 / STEP),
    parameters: (name, { nEmbd, mlpDim }, { intoStream, hasBias }) => [
      ...linearSpecs(`${name}.up`, nEmbd, 2 * mlpDim, 0.02, hasBias),
      ...linearSpecs(`${name}.down`, mlpDim, nEmbd, intoStream, hasBias),
    ],
    compute: (x, name, ops) =>
      ops.linear(ops.gated(ops.linear(x, `${name}.up`), activation), `${name}.down`),
  };
}
