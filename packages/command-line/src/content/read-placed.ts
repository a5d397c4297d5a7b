import type { ContentOptions } from '@ramble/core';

import type { Output } from '../verb/output.js';
import { tellRepairs } from './tell-repairs.js';

interface Placing {
  /** What the content is: with this begins what is said of it, in errors and repairs. */
  readonly name: 'prompt' | 'output';
  /** Where it was found, to be said instead. */
  readonly place?: string;
  readonly output: Pick<Output, 'warn'>;
}

/**
 * Reads a prompt or an output from its content; warns of what is wrong with it.
 *
 * @throws what `read` throws, with the place where there is one.
 */
export function readPlaced<T>(
  read: (options: ContentOptions) => T,
  { name, place, output }: Placing,
): T {
  const placed = (said: string): string =>
    place !== undefined && said.startsWith(`${name}:`) ? place + said.slice(name.length) : said;
  const tell = tellRepairs(output);
  try {
    return read({ onRepair: (repair) => tell(placed(repair)) });
  } catch (error) {
    if (place === undefined) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(placed(reason), { cause: error });
  }
}
