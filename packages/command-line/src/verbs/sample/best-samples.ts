import type { CheckedSampling } from '@ramble/core/sampling';

import { UsageError } from '../../verb/exit-errors.js';
import { COUNT } from '../../verb/flag.js';

/** Flag for the number of candidates of each output. */
export const BEST_OF_FLAG = {
  bestOf: {
    ...COUNT,
    max: 1000,
    default: 1,
    description:
      "Number of candidates for each output. The best is kept: by the domain's measures if it has some, else by the mean log-probability of its tokens.",
  },
} as const;

/**
 * Checks that candidates can differ.
 *
 * @throws UsageError for several candidates with beams or the method greedy.
 */
export function checkBestOf(bestOf: number, { numBeams, method }: CheckedSampling): void {
  if (bestOf === 1 || (numBeams === 1 && method === 'random')) return;
  throw new UsageError(
    '--best-of: expected random outputs to choose from, got the method greedy or beams',
  );
}

/** A finished output. Of `bestOf` such candidates, the best is kept. */
interface Candidate<Sample> {
  /** Quality in comparison with the other candidates; higher is better. */
  readonly quality: number;
  /** Returns the sample in its final form, such as text or a MIDI file. Called for the best candidates only. */
  readonly finish: () => Promise<Sample>;
}

/** Chooses the best output of each group of `bestOf` sequences. Sequences 0 to `bestOf` - 1 are group 0, and so on. */
interface BestSamples<Sample> {
  /**
   * Adds a candidate.
   *
   * @returns the best candidate of the group and the number of the group, once its last candidate was added. If
   *   several are equally good, the first sequence wins, in whatever order they end.
   */
  add(
    sequence: number,
    candidate: Candidate<Sample>,
  ): (Candidate<Sample> & { readonly number: number }) | undefined;
}

/** Makes a chooser for groups of `bestOf` sequences. */
export function bestSamples<Sample>(bestOf: number): BestSamples<Sample> {
  const groups = new Map<number, (Candidate<Sample> & { readonly sequence: number })[]>();
  return {
    add: (sequence, candidate) => {
      const number = Math.floor(sequence / bestOf);
      const group = [...(groups.get(number) ?? []), { ...candidate, sequence }];
      groups.set(number, group);
      if (group.length < bestOf) return undefined;
      groups.delete(number);
      const [best] = group.sort((a, b) => b.quality - a.quality || a.sequence - b.sequence);
      return { ...best, number };
    },
  };
}
