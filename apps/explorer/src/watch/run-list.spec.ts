import type { RunView } from '@ramble/explorer';

import { listedRuns } from './run-list.js';

const RUNS: readonly RunView[] = [
  { name: 'Book a', domain: 'text', state: 'training', step: 5, last: { step: 5, loss: 2 } },
  { name: 'book b', domain: 'text', state: 'stopped', step: 9, changedMs: 7 },
  { name: 'piano', domain: 'music', state: 'stopped', step: 7, last: { step: 7, loss: 1 } },
];
const ALL = { search: '', state: undefined, order: 'name' } as const;
const names = (listing: Parameters<typeof listedRuns>[1]) =>
  listedRuns(RUNS, listing).map(({ name }) => name);

describe('listedRuns', () => {
  it('finds all words of a search in the name or the domain, in any case', () => {
    expect(names(ALL)).toEqual(['Book a', 'book b', 'piano']);
    expect(names({ ...ALL, search: 'BOOK' })).toEqual(['Book a', 'book b']);
    expect(names({ ...ALL, search: ' b text ' })).toEqual(['Book a', 'book b']);
    expect(names({ ...ALL, search: 'music' })).toEqual(['piano']);
    expect(names({ ...ALL, search: 'opera' })).toEqual([]);
  });

  it('filters by state', () => {
    expect(names({ ...ALL, state: 'stopped' })).toEqual(['book b', 'piano']);
    expect(names({ ...ALL, state: 'stopped', search: 'book' })).toEqual(['book b']);
  });

  it('orders losses from the smallest and other numbers from the largest, without changing the runs', () => {
    expect(names({ ...ALL, order: 'loss' })).toEqual(['piano', 'Book a', 'book b']);
    expect(names({ ...ALL, order: 'step' })).toEqual(['book b', 'piano', 'Book a']);
    expect(names({ ...ALL, order: 'changedMs' })).toEqual(['book b', 'Book a', 'piano']);
    expect(RUNS[0]?.name).toBe('Book a');
  });
});
