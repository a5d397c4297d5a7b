import type { Ranks } from '@ramble/core';

/** Gathers a value of every rank on every rank, by rank; plain data. */
export async function gatherJson<T>(ranks: Pick<Ranks, 'gather'>, own: T): Promise<T[]> {
  const gathered = await ranks.gather(new TextEncoder().encode(JSON.stringify(own)));
  return gathered.map((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as T); // each wrote its own
}
