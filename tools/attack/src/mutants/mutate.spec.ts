import { drawer, mutate } from './mutate.js';

const FILE = Buffer.from('{"nLayer": 2, "name": "book", "shape": [3, 4]}\n');
const mutants = (seed: number): string[] =>
  Array.from({ length: 200 }, (_, number) =>
    mutate(FILE, drawer(seed, number)).bytes.toString('latin1'),
  );

describe('mutate', () => {
  it('makes the same of the same seed, and other mutants of another', () => {
    expect(mutants(1)).toEqual(mutants(1));
    expect(mutants(2)).not.toEqual(mutants(1));
  });

  it('makes all kinds of changes, nearly all of which show', () => {
    const kinds = new Set<string>();
    for (let number = 0; number < 200; number++) {
      for (const kind of mutate(FILE, drawer(1, number)).how.split(', ')) kinds.add(kind);
    }
    expect(kinds.size).toBe(10);
    const shown = mutants(1).filter((text) => text !== FILE.toString('latin1'));
    expect(shown.length).toBeGreaterThan(180);
    expect(new Set(shown).size).toBeGreaterThan(150);
  });

  it('takes an empty file', () => {
    for (let number = 0; number < 100; number++) {
      expect(() => mutate(Buffer.alloc(0), drawer(1, number))).not.toThrow();
    }
  });
});
