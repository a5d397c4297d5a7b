import type { NormSettings } from './norm-kinds.js';

/** The op of norms. */
export interface NormOps<X> {
  /** Normalizes rows; `name` is the path of the norm's parameters. */
  norm(x: X, name: string): X;
}

/** The place of the norms of a block: before its two branches, after them, or both. */
export interface BlockNorms {
  /** Returns the input of a branch, normalized unless only outputs are. */
  before<X>(x: X, name: string, ops: NormOps<X>): X;
  /** Returns the output of a branch, normalized unless only inputs are. */
  after<X>(x: X, name: string, ops: NormOps<X>): X;
}

/** Looks up where the blocks of a model normalize. */
export function blockNorms({ normPlace }: Pick<NormSettings, 'normPlace'>): BlockNorms {
  return {
    before: (x, name, ops) => (normPlace === 'after' ? x : ops.norm(x, name)),
    after: (x, name, ops) => (normPlace === 'before' ? x : ops.norm(x, `${name}Out`)),
  };
}
