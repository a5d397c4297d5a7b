import { linearSpecs } from '../parameters/parameter.js';
import type { MlpKind } from './mlp-kind.js';

/** GPT-2's MLP: a wide layer with GELU, and back to the width of the stream. */
export const geluMlp: MlpKind = {
  defaultDim: (nEmbd) => 4 * nEmbd,
  parameters: (name, { nEmbd, mlpDim }, { intoStream, hasBias }) => [
    ...linearSpecs(`${name}.up`, nEmbd, mlpDim, 0.02, hasBias),
    ...linearSpecs(`${name}.down`, mlpDim, nEmbd, intoStream, hasBias),
  ],
  compute: (x, name, ops) => ops.linear(ops.linear(x, `${name}.up`, 'gelu'), `${name}.down`),
};
