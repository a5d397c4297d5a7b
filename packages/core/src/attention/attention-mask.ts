/** A mask: the positions that a position sees, among those up to itself. */
export interface AttentionMask {
  /** The mask as attributes of the attention kernels. */
  readonly attributes: MaskAttributes;
  /** The first position that position t sees. */
  readonly first: (t: number) => number;
  /** Maximum number of positions that one position of a sequence of `length` sees. */
  readonly max: (length: number) => number;
}

/** Attributes of the attention kernels that describe a mask. */
interface MaskAttributes {
  readonly visibility: 'causal' | 'prefix' | 'local' | 'window';
  /**
   * Number of positions of a block. `blocksBack` is the number of earlier blocks that a position sees. Without
   * blocks, both are 0.
   */
  readonly blockLength: number;
  readonly blocksBack: number;
  /** Number of positions that a position sees, including itself; 0 without a window. */
  readonly windowLength: number;
}

/** Causal mask: a position sees all positions up to itself. */
export const CAUSAL_MASK: AttentionMask = {
  attributes: { visibility: 'causal', blockLength: 0, blocksBack: 0, windowLength: 0 },
  first: () => 0,
  max: (length) => length,
};

/**
 * A causal mask, except that the positions of a sequence's prefix see one another in both directions. The length of
 * the prefix is part of the batch, not of the mask.
 */
export const PREFIX_MASK: AttentionMask = {
  ...CAUSAL_MASK,
  attributes: { ...CAUSAL_MASK.attributes, visibility: 'prefix' },
};

/** Returns a mask with which a position sees its own block up to itself, and `blocksBack` whole blocks before it. */
export function blockMask(blockLength: number, blocksBack: number): AttentionMask {
  return {
    attributes: { visibility: 'local', blockLength, blocksBack, windowLength: 0 },
    first: (t) => Math.max(0, (Math.floor(t / blockLength) - blocksBack) * blockLength),
    max: (length) => Math.min(length, (blocksBack + 1) * blockLength),
  };
}

/** Returns a mask with which a position sees `windowLength` positions, itself the last. */
export function windowMask(windowLength: number): AttentionMask {
  return {
    attributes: { visibility: 'window', blockLength: 0, blocksBack: 0, windowLength },
    first: (t) => Math.max(0, t + 1 - windowLength),
    max: (length) => Math.min(length, windowLength),
  };
}

/** Returns the mask that a kernel's attributes describe. */
export function describedMask(attributes: object): AttentionMask {
  const { visibility, blockLength, blocksBack, windowLength } = attributes as MaskAttributes; // as the ops describe them
  if (visibility === 'window') return windowMask(windowLength);
  if (visibility === 'local') return blockMask(blockLength, blocksBack);
  return visibility === 'prefix' ? PREFIX_MASK : CAUSAL_MASK;
}
