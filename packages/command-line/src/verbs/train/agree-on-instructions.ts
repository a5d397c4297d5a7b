import type { InstructionSets, Ranks } from '@ramble/core';

import { AgreedError } from '../../verb/exit-errors.js';
import { gatherJson } from './gather-json.js';
import { isFirst } from './is-first.js';

/**
 * Lets all ranks compute with the best set of instructions that each of them has: sets round differently,
 * and the parameters of ranks would drift apart.
 *
 * @param own - Those of this rank's engine, if it tells any.
 * @throws AgreedError where they have none in common.
 */
export async function agreeOnInstructions(
  ranks: Ranks,
  own: InstructionSets | undefined,
): Promise<void> {
  const all = await gatherJson(ranks, own?.names ?? []);
  const best = all[0].find((name) => all.every((names) => names.includes(name)));
  if (best !== undefined) {
    own?.use(best);
    return;
  }
  if (all.every((names) => names.length === 0)) return;
  const got = all.map((names, rank) => `${names.join(', ') || 'none'} on rank ${rank}`).join('; ');
  const message = `RAMBLE_ISA: expected an instruction set that all ranks have, got ${got}`;
  throw new AgreedError(new Error(message), isFirst(ranks));
}
