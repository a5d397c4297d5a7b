/** A queue that releases numbered items in order. */
export interface InOrder<T> {
  /**
   * Adds a numbered thing and releases those whose turn it is.
   *
   * @returns those whose turn it is now, with their numbers.
   */
  add(number: number, thing: T): [thing: T, number: number][];
  /**
   * The things that still wait for missing ones.
   *
   * @returns those that wait for others that never came.
   */
  rest(): [thing: T, number: number][];
}

export function inOrder<T>(): InOrder<T> {
  const waiting = new Map<number, T>();
  let next = 0;
  return {
    add: (number, thing) => {
      waiting.set(number, thing);
      const ready: [T, number][] = [];
      for (let first = waiting.get(next); first !== undefined; first = waiting.get(next)) {
        waiting.delete(next);
        ready.push([first, next++]);
      }
      return ready;
    },
    rest: () => {
      const left = [...waiting].sort(([a], [b]) => a - b);
      waiting.clear();
      return left.map(([number, thing]) => [thing, number]);
    },
  };
}
