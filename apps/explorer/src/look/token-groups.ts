/** Something that a token attends to: a token, or a group of tokens with one key. */
export interface Seen {
  /** Index of the first token. */
  readonly start: number;
  /** Index after the last token. */
  readonly end: number;
  readonly weight: number;
}

/**
 * Returns the number of tokens in groups that are complete before a position; it attends to these groups
 * instead of their tokens.
 */
export function groupedBefore(position: number, groupLength: number): number {
  return Math.floor(position / groupLength) * groupLength;
}

/**
 * Returns the tokens and groups that a token attends to.
 *
 * @param weights - One per token. Tokens of a group share its weight evenly. The first token has
 *   its own weight in addition to its share.
 * @param groupLength - Number of tokens in a group with one key, for attention to groups.
 */
export function seenBy(
  position: number,
  weights: readonly (number | null)[],
  groupLength?: number,
): Seen[] {
  if (groupLength === undefined) {
    return weights.map((weight, start) => ({ start, end: start + 1, weight: weight ?? 0 }));
  }
  const count = groupedBefore(position, groupLength) / groupLength;
  const groups = Array.from({ length: count }, (_, group): Seen => {
    const [start, end] = [group * groupLength, (group + 1) * groupLength];
    return { start, end, weight: groupLength * (weights[end - 1] ?? 0) };
  });
  const shared = (groups[0]?.weight ?? 0) / groupLength;
  return [{ start: 0, end: 1, weight: (weights[0] ?? 0) - shared }, ...groups];
}
