/** A machine and the most ranks that it takes. */
export interface Host {
  readonly name: string;
  readonly slots: number;
}

/**
 * Gives ranks to machines in their order, to each as many as it takes.
 *
 * @param count - Ranks, at most the slots of all machines.
 * @returns machines that have at least one rank, with their number.
 */
export function fillHosts(hosts: readonly Host[], count: number): Host[] {
  let left = count;
  return hosts.flatMap(({ name, slots }) => {
    const taken = Math.min(slots, left);
    left -= taken;
    return taken > 0 ? [{ name, slots: taken }] : [];
  });
}
