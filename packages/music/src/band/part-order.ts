/**
 * The order of programs, as far as positions have told it: for each those that it stood right before.
 * Immutable; a score has its parts in one order at all positions.
 */
export type PartOrder = ReadonlyMap<number, ReadonlySet<number>>;

/** Whether a program may stand behind another: never yet did it stand before that one. */
export function mayFollow(order: PartOrder, first: number, second: number): boolean {
  return first !== second && !comesBefore(order, second, first);
}

/** The order after one program stood right before another. */
export function withPair(order: PartOrder, first: number, second: number): PartOrder {
  const after = order.get(first);
  return after?.has(second) ? order : new Map(order).set(first, new Set(after).add(second));
}

/** Programs in an order that all positions have; of those that none tells apart, in the given one. */
export function inOrder(order: PartOrder, programs: readonly number[]): readonly number[] {
  const left = [...programs];
  const sorted: number[] = [];
  while (left.length > 0) {
    const next = left.findIndex((program) =>
      left.every((other) => other === program || !comesBefore(order, other, program)),
    );
    // Tokens in any order may tell of a circle.
    sorted.push(...left.splice(Math.max(0, next), 1));
  }
  return sorted;
}

/** Whether there is a way from one program to another. */
function comesBefore(
  order: PartOrder,
  first: number,
  second: number,
  seen = new Set<number>(),
): boolean {
  for (const next of order.get(first) ?? []) {
    if (next === second) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    if (comesBefore(order, next, second, seen)) return true;
  }
  return false;
}
