import type { GateActivation } from '../ops/activations.js';
import type { Activation } from '../ops/linear.js';
import { linearSpecs, type ParameterSpec } from '../parameters/parameter.js';
import type { SettingTable } from '../settings/settings.js';

/** The widths of an MLP. */
interface MlpShape {
  /** Width of the residual stream, C. */
  readonly nEmbd: number;
  /** Width of the hidden layer, F. */
  readonly mlpDim: number;
}

/** Settings of the parameters of an MLP: the spread of initial values, and whether there are biases. */
interface MlpStart {
  /** Standard deviation of the initial weights of the layer whose output is added to the residual stream. */
  readonly intoStream: number;
  /** Whether the layers of the MLP have biases. */
  readonly hasBias: boolean;
}

/** A kind of MLP. */
export interface MlpKind {
  /** Returns the default width of the hidden layer. */
  readonly defaultDim: (nEmbd: number) => number;
  /** Returns the specs of an MLP's parameters. Their names begin with `name`, such as `blocks.0.mlp`. */
  readonly parameters: (name: string, shape: MlpShape, start: MlpStart) => readonly ParameterSpec[];
  /** Maps the normalized stream to the branch's output, which is added to the stream, `[N, C]`. */
  readonly compute: <X>(x: X, name: string, ops: MlpOps<X>) => X;
}

/** Ops from which MLPs are composed, on operands of type `X` (see `TransformerOps`). */
export interface MlpOps<X> {
  linear(x: X, name: string, activation?: Activation): X;
  /** Applies the activation to the first half of the columns and multiplies by the second half. */
  gated(x: X, activation: GateActivation): X;
}

/** GPT-2's MLP: a wide layer with GELU, and a projection to the width of the stream. */
const geluMlp: MlpKind = {
  defaultDim: (nEmbd) => 4 * nEmbd,
  parameters: (name, { nEmbd, mlpDim }, { intoStream, hasBias }) => [
    ...linearSpecs(`${name}.up`, nEmbd, mlpDim, 0.02, hasBias),
    ...linearSpecs(`${name}.down`, mlpDim, nEmbd, intoStream, hasBias),
  ],
  compute: (x, name, ops) => ops.linear(ops.linear(x, `${name}.up`, 'gelu'), `${name}.down`),
};

/** The default hidden width is a multiple of this number, for efficient kernels. */
const STEP = 32;

/**
 * Returns an MLP with a gated hidden layer. One matrix computes the gate and the gated columns, the gate's first. At
 * two thirds of GPT-2's hidden width, the MLP has as many weights as GPT-2's MLP.
 *
 * @see Shazeer 2020, https://arxiv.org/abs/2002.05202
 */
function gatedMlp(activation: GateActivation): MlpKind {
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

/** All kinds of MLP by name. */
const KINDS = {
  gelu: geluMlp,
  swiglu: gatedMlp('silu'),
  geglu: gatedMlp('gelu'),
} as const satisfies Record<string, MlpKind>;

/** The settings of a model's MLPs. */
export interface MlpSettings {
  /** Kind of MLP: GPT-2's with GELU, or one with a gate of SiLU or GELU, which has a third matrix. */
  readonly mlp: keyof typeof KINDS;
  /** Width of the hidden layer, F. */
  readonly mlpDim: number;
}

/** Table of the settings of MLPs. */
export const MLP_SETTINGS: SettingTable<MlpSettings> = {
  mlp: {
    kind: 'choice',
    choices: Object.keys(KINDS) as MlpSettings['mlp'][], // its own keys
    default: 'gelu',
    isLater: true,
    description: "The MLP of each block: GPT-2's with GELU, or one whose gate is SiLU or GELU.",
  },
  mlpDim: {
    kind: 'integer',
    min: 1,
    max: 2 ** 24, // many times the width of the widest published models
    derived: '4 x nEmbd; 8/3 x nEmbd with a gate, in multiples of 32',
    description: 'Width of the hidden layer of the MLP.',
  },
};

/** Returns the kind of MLP in a model's blocks. */
export function mlpOf({ mlp }: Pick<MlpSettings, 'mlp'>): MlpKind {
  return KINDS[mlp];
}
