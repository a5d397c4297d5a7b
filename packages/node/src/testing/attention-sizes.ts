/** Settings of attention in which a short text is longer than the table of distances and a block. */
interface AttentionSizes<Attention> {
  readonly attention: Attention;
  readonly maxDistance?: number;
  readonly localBlock?: number;
  readonly compressionFactor?: number;
}

/** The sizes that a kind of attention, or a pattern of kinds, needs in a small test. */
export function attentionSizes<Attention extends string>(
  attention: Attention,
): AttentionSizes<Attention> {
  return {
    attention,
    ...(attention.includes('relative') && { maxDistance: 5 }),
    ...(attention.includes('local') && { localBlock: 3 }),
    ...(attention.includes('compressed') && { compressionFactor: 3 }),
  };
}
