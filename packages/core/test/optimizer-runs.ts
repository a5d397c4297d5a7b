import type { ElementwiseRule } from '../src/parameters/optimizer.js';
import { readJson } from './read-fixture.js';

type Name = 'w' | 'e' | 'b';
type Values = Readonly<Record<Name, number[]>>;

/** Ten steps of one PyTorch optimizer on the quadratic problem of fixtures/optimizers. */
export interface OptimizerRun {
  readonly name: string;
  /** Returns the rule of the n-th update, from 1. */
  readonly ruleAt: (count: number) => ElementwiseRule;
  /** Whether vectors decay too; in ramble they never do. */
  readonly decaysVectors: boolean;
  readonly clipNorm: number;
  readonly losses: number[];
  readonly gradNorms: number[];
  /** Parameters by the number of steps. */
  readonly after: ReadonlyMap<number, Values>;
}

interface RunOptions {
  readonly lr: number;
  readonly betas: [number, number];
  readonly eps: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly weightDecay2D: number;
  readonly l2: number;
  readonly clipNorm: number;
}
interface RunFixture {
  readonly name: string;
  readonly options: Partial<RunOptions>;
  readonly lrs?: number[];
  readonly losses: number[];
  readonly gradNorms: number[];
  readonly afterStep1: Values;
  readonly afterStep2: Values;
  readonly afterLast: Values;
}
const fixture = readJson('optimizers/optimizers.json') as {
  readonly shapes: Readonly<Record<Name, number[]>>;
  readonly start: Values;
  readonly target: Values;
  readonly curvature: Values;
  readonly runs: RunFixture[];
}; // its README

export const { shapes, start, target, curvature } = fixture;
export const names = ['w', 'e', 'b'] as const;

/** All runs except Adafactor's, a rule that ramble does not have. */
export const optimizerRuns: OptimizerRun[] = fixture.runs
  .filter(({ name }) => !name.startsWith('adafactor'))
  .map(({ name, options, lrs, losses, gradNorms, ...trajectory }) => ({
    name,
    ruleAt: (count) => ruleOf(name, options, lrs?.[count - 1] ?? options.lr ?? NaN, count),
    decaysVectors: options.weightDecay2D === undefined,
    clipNorm: options.clipNorm ?? 0,
    losses,
    gradNorms,
    after: new Map([
      [1, trajectory.afterStep1],
      [2, trajectory.afterStep2],
      [10, trajectory.afterLast],
    ]),
  }));

function ruleOf(
  name: string,
  options: Partial<RunOptions>,
  learningRate: number,
  count: number,
): ElementwiseRule {
  const weightDecay = options.weightDecay2D ?? options.weightDecay ?? options.l2 ?? 0;
  if (name.startsWith('sgd')) {
    const { momentum = 0, nesterov = false } = options;
    return { kind: 'sgd', learningRate, momentum, nesterov, weightDecay };
  }
  const [beta1, beta2] = options.betas ?? [NaN, NaN];
  const decay = name.startsWith('adamw') ? 'decoupled' : 'coupled';
  const eps = options.eps ?? NaN;
  return { kind: 'adam', learningRate, beta1, beta2, eps, weightDecay, decay, count };
}
