import { totalmem } from 'node:os';

/** The memory of the machine, or of the container that this process is in, where that is less. */
export function totalMemory(): number {
  const { constrainedMemory } = process as Partial<Pick<NodeJS.Process, 'constrainedMemory'>>; // not in every runtime
  const limit = constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
