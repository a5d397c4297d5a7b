import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Attack, Attempt } from './attack.js';

/** Result of an attack. */
export interface AttackRow {
  readonly attack: string;
  readonly promise: string;
  readonly tried: number;
  readonly held: number;
  /** Attempts that broke the promise. */
  readonly broken: readonly Attempt[];
  /** Reason why the attack was not made. */
  readonly missing?: string;
}

/** Makes an attack in a new folder. */
export async function runAttack(
  attack: Attack,
  { tries, seed }: { readonly tries: number; readonly seed: number },
): Promise<AttackRow> {
  const { name, promise } = attack;
  const missing = attack.missing?.();
  if (missing !== undefined) {
    return { attack: name, promise, tried: 0, held: 0, broken: [], missing };
  }
  const folder = await mkdtemp(join(tmpdir(), `ramble-attack-`));
  const broken: Attempt[] = [];
  let tried = 0;
  try {
    for await (const attempt of attack.attempts({ tries, seed, folder })) {
      tried++;
      if (attempt.broken !== undefined) broken.push(attempt);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { attack: name, promise, tried, held: tried - broken.length, broken };
}
