/** A machine and the maximum number of ranks on it. */
export interface Host {
  readonly name: string;
  readonly slots: number;
}

/**
 * Assigns ranks to machines in the given order, and fills each machine before the next.
 *
 * @param count - Ranks, at most the slots of all machines.
 * @returns machines that have at least one rank, with the number of ranks on each as `slots`.
 */
export function fillHosts(hosts: readonly Host[], count: number): Host[] {
  let left = count;
  return hosts.flatMap(({ name, slots }) => {
    const taken = Math.min(slots, left);
    left -= taken;
    return taken > 0 ? [{ name, slots: taken }] : [];
  });
}
