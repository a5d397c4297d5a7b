import type { NormSettings } from './norm-kinds.js';

type BranchNorm = 'norm1' | 'norm2';

/** The name of the norm of what a branch makes, beside that of what goes into it. */
export function outNorm<Name extends string>(name: Name): `${Name}Out` {
  return `${name}Out`;
}

/** The op that a branch is normalized with. */
interface NormOps<X> {
  norm(x: X, name: string): X;
}

/** What goes into a branch, normalized unless only what comes out is. */
export function normedInput<X>(
  x: X,
  name: `${string}.${BranchNorm}`,
  { normPlace }: Pick<NormSettings, 'normPlace'>,
  ops: NormOps<X>,
): X {
  return normPlace === 'after' ? x : ops.norm(x, name);
}

/** What a branch adds to the stream, normalized unless only what goes in is. */
export function normedOutput<X>(
  made: X,
  name: `${string}.${BranchNorm}`,
  { normPlace }: Pick<NormSettings, 'normPlace'>,
  ops: NormOps<X>,
): X {
  return normPlace === 'before' ? made : ops.norm(made, outNorm(name));
}
