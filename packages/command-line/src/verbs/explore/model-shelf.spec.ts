import { modelShelf } from './model-shelf.js';

interface Entry {
  readonly id: string;
  closed: number;
  close(): void;
}

function entry(id: string): Entry {
  const made: Entry = { id, closed: 0, close: () => (made.closed += 1) };
  return made;
}

describe('modelShelf', () => {
  it('closes the least recently used of the opened models, and no given model', () => {
    const [given, a, b, c] = ['given', 'a', 'b', 'c'].map(entry);
    const shelf = modelShelf([given], 2);
    shelf.put(a);
    shelf.put(b);
    shelf.use('a')();
    shelf.put(c);
    expect(shelf.entries.map(({ id }) => id)).toEqual(['given', 'a', 'c']);
    expect([given, a, b, c].map(({ closed }) => closed)).toEqual([0, 0, 1, 0]);
  });

  it('closes a model that is in use when its last user lets it go', () => {
    const [first, second] = [entry('a'), entry('a')];
    const shelf = modelShelf<Entry>([], 1);
    shelf.put(first);
    const letGo = [shelf.use('a'), shelf.use('a')];
    shelf.put(second);
    expect(shelf.entries).toEqual([second]);
    letGo[0]();
    expect(first.closed).toBe(0);
    letGo[1]();
    expect([first.closed, second.closed]).toEqual([1, 0]);
  });

  it('ignores ids of models that are not on the shelf', () => {
    const shelf = modelShelf([entry('a')], 1);
    for (const id of ['b', undefined, {}, 7]) expect(shelf.use(id)()).toBeUndefined();
  });
});
