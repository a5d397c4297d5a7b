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
  /** Positions of a block, and blocks before its own that a position sees; 0 without blocks. */
  readonly blockLength: number;
  readonly blocksBack: number;
  /** Number of positions that one sees, itself among them; 0 without a window. */
  readonly windowLength: number;
}

/** A position sees all positions up to itself. */
export const CAUSAL_MASK: AttentionMask = {
  attributes: { visibility: 'causal', blockLength: 0, blocksBack: 0, windowLength: 0 },
  first: () => 0,
  max: (length) => length,
};

/**
 * A causal mask, except that the first positions of a sequence see one another; the batch says how
 * many.
 */
export const PREFIX_MASK: AttentionMask = {
  ...CAUSAL_MASK,
  attributes: { ...CAUSAL_MASK.attributes, visibility: 'prefix' },
};

/** A position sees its own block of positions up to itself, and so many whole blocks before it. */
export function blockMask(blockLength: number, blocksBack: number): AttentionMask {
  return {
    attributes: { visibility: 'local', blockLength, blocksBack, windowLength: 0 },
    first: (t) => Math.max(0, (Math.floor(t / blockLength) - blocksBack) * blockLength),
    max: (length) => Math.min(length, (blocksBack + 1) * blockLength),
  };
}

/** A position sees itself and so many before it that they are `windowLength` together. */
export function windowMask(windowLength: number): AttentionMask {
  return {
    attributes: { visibility: 'window', blockLength: 0, blocksBack: 0, windowLength },
    first: (t) => Math.max(0, t + 1 - windowLength),
    max: (length) => Math.min(length, windowLength),
  };
}

/** The sight that a kernel's attributes describe. */
export function describedMask(attributes: object): AttentionMask {
  const { visibility, blockLength, blocksBack, windowLength } = attributes as MaskAttributes; // as the ops describe them
  if (visibility === 'window') return windowMask(windowLength);
  if (visibility === 'local') return blockMask(blockLength, blocksBack);
  return visibility === 'prefix' ? PREFIX_MASK : CAUSAL_MASK;
}
