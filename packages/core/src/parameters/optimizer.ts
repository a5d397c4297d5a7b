/**
 * An update rule of an optimizer, with its numbers for one step. `decay` is the share of weight
 * decay for matrices and embeddings; gains and biases never decay.
 */
export type UpdateRule =
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
      /** Updates done so far, this one included: 1 for the first. */
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

/** What the rule remembers of a parameter between updates. */
export type Slot = 'mean' | 'variance';

/** Slots in use: Adam keeps both moments, SGD its velocity in `mean`. */
export function slotsOf(kind: UpdateRule['kind']): readonly Slot[] {
  return kind === 'adam' ? ['mean', 'variance'] : ['mean'];
}

/**
 * The factor that keeps the gradient's norm under a limit, PyTorch's rule
 * `min(1, limit / (norm + 1e-6))`; a limit of 0 switches clipping off.
 *
 * @see Pascanu et al. 2013, section 3.2, https://arxiv.org/abs/1211.5063
 */
export function clipFactor(norm: number, limit: number): number {
  return limit === 0 ? 1 : Math.min(1, limit / (norm + 1e-6));
}
