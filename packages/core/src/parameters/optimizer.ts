/**
 * An update rule of an optimizer, with its numbers for one step. `weightDecay` is the strength of weight decay for
 * matrices and embeddings; gains and biases never decay.
 */
export type UpdateRule = ElementwiseRule | MuonRule;

/** A rule that updates each number by itself. */
export type ElementwiseRule =
  | {
      /**
       * Adam with bias correction. Decoupled decay first shrinks the weight by
       * `learningRate * weightDecay` (AdamW), coupled decay is added to the gradient (Adam with L2).
       *
       * @see Loshchilov and Hutter 2019, algorithm 2, https://arxiv.org/abs/1711.05101
       */
      readonly kind: 'adam';
      readonly learningRate: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly eps: number;
      readonly weightDecay: number;
      readonly decay: 'decoupled' | 'coupled';
      /** Number of updates, including this one: 1 for the first. */
      readonly count: number;
    }
  | {
      /** `v = momentum v + g; p -= learningRate (nesterov ? g + momentum v : v)`, as in PyTorch. */
      readonly kind: 'sgd';
      readonly learningRate: number;
      readonly momentum: number;
      readonly nesterov: boolean;
      readonly weightDecay: number;
    };

/**
 * Muon for the matrices of linear layers in blocks, with decoupled weight decay, and AdamW for all other parameters,
 * with one learning rate for both.
 *
 * @see Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/
 */
export interface MuonRule {
  readonly kind: 'muon';
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Number of updates, including this one: 1 for the first. */
  readonly count: number;
}

/**
 * The name of a value that an update rule keeps for each number of a parameter: `mean` is the first moment or the
 * velocity, `variance` the second moment.
 */
export type UpdateSlot = 'mean' | 'variance';

/**
 * The name of a value that training keeps for each number of a parameter. Checkpoints use it in the names of tensors.
 * `outer` is the velocity of the outer steps of DiLoCo.
 */
export type Slot = UpdateSlot | 'outer';

/** The settings of training that optimizers use. */
interface OptimizerSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/** An optimizer that the training config can name. */
interface Optimizer<Kind extends UpdateRule['kind']> {
  readonly kind: Kind;
  /** Settings that the optimizer uses, with their defaults. */
  readonly defaults: Partial<OptimizerSettings>;
  /** Returns the rule of one update; `count` includes that update. */
  readonly rule: (
    settings: OptimizerSettings,
    learningRate: number,
    count: number,
  ) => Extract<UpdateRule, { kind: Kind }>;
}

type AnyOptimizer = { [Kind in UpdateRule['kind']]: Optimizer<Kind> }[UpdateRule['kind']];

const ADAM_DEFAULTS = { beta1: 0.9, beta2: 0.95, eps: 1e-8 } as const;

/** All optimizers by name. */
export const OPTIMIZERS = {
  adamw: adam('decoupled'),
  adam: adam('coupled'),
  sgd: {
    kind: 'sgd',
    defaults: { momentum: 0, nesterov: false },
    rule: ({ momentum, nesterov, weightDecay }, learningRate) => {
      return { kind: 'sgd', learningRate, momentum, nesterov, weightDecay };
    },
  },
  muon: {
    kind: 'muon',
    defaults: { ...ADAM_DEFAULTS, momentum: 0.95, nesterov: true },
    rule: ({ momentum, nesterov, beta1, beta2, eps, weightDecay }, learningRate, count) => {
      return {
        kind: 'muon',
        learningRate,
        momentum,
        nesterov,
        beta1,
        beta2,
        eps,
        weightDecay,
        count,
      };
    },
  },
} satisfies Record<string, AnyOptimizer>;

/** The name of an optimizer, as `--optimizer` takes it. */
export type OptimizerName = keyof typeof OPTIMIZERS;

/**
 * Slots of each rule. Adam has both moments. SGD and Muon have their velocity in `mean`. Muon also has `variance`,
 * for the parameters that AdamW updates.
 */
const SLOTS: Readonly<Record<UpdateRule['kind'], readonly UpdateSlot[]>> = {
  adam: ['mean', 'variance'],
  sgd: ['mean'],
  muon: ['mean', 'variance'],
};

/** Returns the slots of a parameter that a rule uses. */
export function slotsOf(kind: UpdateRule['kind']): readonly UpdateSlot[] {
  return SLOTS[kind];
}

function adam(decay: 'decoupled' | 'coupled'): Optimizer<'adam'> {
  return {
    kind: 'adam',
    defaults: ADAM_DEFAULTS,
    rule: ({ beta1, beta2, eps, weightDecay }, learningRate, count) => {
      return { kind: 'adam', learningRate, beta1, beta2, eps, weightDecay, decay, count };
    },
  };
}

/**
 * Returns the factor that limits the gradient's norm, PyTorch's rule `min(1, limit / (norm + 1e-6))`. A limit
 * of 0 switches clipping off.
 *
 * @see Pascanu et al. 2013, section 3.2, https://arxiv.org/abs/1211.5063
 */
export function clipFactor(norm: number, limit: number): number {
  return limit === 0 ? 1 : Math.min(1, limit / (norm + 1e-6));
}
