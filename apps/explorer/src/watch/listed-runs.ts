import type { RunView } from '@ramble/explorer';

/** States by which the list of runs can be filtered. */
export const STATES = ['training', 'stopped', 'ended', 'imported', 'broken'] as const;

/** Orders of the list of runs, with their names on the page. */
export const ORDERS = {
  name: 'Name',
  changedMs: 'Last change',
  loss: 'Loss',
  bestLoss: 'Best validation loss',
  step: 'Steps',
  elapsedSeconds: 'Time',
  parameters: 'Parameters',
} as const;

/** Search, filter and order of the list of runs. */
export interface Listing {
  /** Words that the name or the domain must all contain, in any case. */
  readonly search: string;
  /** Required state; `undefined` for all. */
  readonly state: RunView['state'] | undefined;
  readonly order: keyof typeof ORDERS;
}

/**
 * Returns the runs that a listing shows. Losses are ordered from the smallest, other numbers from the largest. Runs
 * without the value come last.
 */
export function listedRuns(runs: readonly RunView[], listing: Listing): RunView[] {
  const { search, state, order } = listing;
  const words = search.toLowerCase().split(/\s+/);
  const found = runs.filter((run) => {
    const text = `${run.name} ${run.domain}`.toLowerCase();
    return (state === undefined || run.state === state) && words.every((it) => text.includes(it));
  });
  if (order === 'name') return found;
  const sign = order === 'loss' || order === 'bestLoss' ? 1 : -1;
  const key = (run: RunView) => {
    const value = order === 'loss' ? run.last?.loss : run[order];
    return value === undefined ? Infinity : sign * value;
  };
  return found.sort((a, b) => (key(a) === key(b) ? 0 : key(a) < key(b) ? -1 : 1));
}
