/** A mask: the positions that a position sees, among those up to itself. */
export interface Sight {
  /** The mask as attributes of the attention kernels. */
  readonly attributes: SightAttributes;
  /** The first position that position t sees. */
  readonly first: (t: number) => number;
  /** Maximum number of positions that one position of a sequence of `length` sees. */
  readonly most: (length: number) => number;
}

/** Attributes of the attention kernels that describe a mask. */
interface SightAttributes {
  readonly visibility: 'causal' | 'prefix' | 'local' | 'window';
  /** Positions of a block, and blocks before its own that a position sees; 0 without blocks. */
  readonly blockLength: number;
  readonly blocksBack: number;
  /** Number of positions that one sees, itself among them; 0 without a window. */
  readonly windowLength: number;
}

/** A position sees all positions up to itself. */
export const CAUSAL_SIGHT: Sight = {
  attributes: { visibility: 'causal', blockLength: 0, blocksBack: 0, windowLength: 0 },
  first: () => 0,
  most: (length) => length,
};

/**
 * A causal mask, except that the first positions of a sequence see one another; the batch says how
 * many.
 */
export const PREFIX_SIGHT: Sight = {
  ...CAUSAL_SIGHT,
  attributes: { ...CAUSAL_SIGHT.attributes, visibility: 'prefix' },
};

/** A position sees its own block of positions up to itself, and so many whole blocks before it. */
export function blockSight(blockLength: number, blocksBack: number): Sight {
  return {
    attributes: { visibility: 'local', blockLength, blocksBack, windowLength: 0 },
    first: (t) => Math.max(0, (Math.floor(t / blockLength) - blocksBack) * blockLength),
    most: (length) => Math.min(length, (blocksBack + 1) * blockLength),
  };
}

/** A position sees itself and so many before it that they are `windowLength` together. */
export function windowSight(windowLength: number): Sight {
  return {
    attributes: { visibility: 'window', blockLength: 0, blocksBack: 0, windowLength },
    first: (t) => Math.max(0, t + 1 - windowLength),
    most: (length) => Math.min(length, windowLength),
  };
}

/** The sight that a kernel's attributes describe. */
export function describedSight(attributes: object): Sight {
  const { visibility, blockLength, blocksBack, windowLength } = attributes as SightAttributes; // as the ops describe them
  if (visibility === 'window') return windowSight(windowLength);
  if (visibility === 'local') return blockSight(blockLength, blocksBack);
  return visibility === 'prefix' ? PREFIX_SIGHT : CAUSAL_SIGHT;
}
