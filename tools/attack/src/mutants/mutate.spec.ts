import { drawer, enlarge, mutate } from './mutate.js';

const FILE = Buffer.from('{"nLayer": 2, "name": "book", "shape": [3, 4]}\n');
const mutants = (seed: number): string[] =>
  Array.from({ length: 200 }, (_, number) =>
    mutate(FILE, drawer(seed, number)).bytes.toString('latin1'),
  );

describe('mutate', () => {
  it('makes the same mutants for the same seed, and others for another seed', () => {
    expect(mutants(1)).toEqual(mutants(1));
    expect(mutants(2)).not.toEqual(mutants(1));
  });

  it('makes all kinds of changes, most of them visible', () => {
    const kinds = new Set<string>();
    for (let number = 0; number < 200; number++) {
      for (const kind of mutate(FILE, drawer(1, number)).how.split(', ')) kinds.add(kind);
    }
    expect(kinds.size).toBe(10);
    const shown = mutants(1).filter((text) => text !== FILE.toString('latin1'));
    expect(shown.length).toBeGreaterThan(180);
    expect(new Set(shown).size).toBeGreaterThan(150);
  });

  it('accepts an empty file', () => {
    for (let number = 0; number < 100; number++) {
      expect(() => mutate(Buffer.alloc(0), drawer(1, number))).not.toThrow();
    }
  });
});

describe('enlarge', () => {
  it('replaces one number of JSON, and none in a name', () => {
    const json = Buffer.from('{"bos1": 2, "list": [3, 0.5], "name": "x1"}');
    const changed = new Set<string>();
    for (let number = 0; number < 100; number++) {
      const text = enlarge(json, drawer(1, number)).bytes.toString();
      expect(text).toMatch(/^\{"bos1": \S+, "list": \[\S+, \S+\], "name": "x1"\}$/);
      changed.add(text);
    }
    expect(changed.size).toBeGreaterThan(20);
  });

  it('keeps the length of a safetensors header correct', () => {
    const header = Buffer.from('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
    const file = Buffer.concat([Buffer.alloc(8), header, Buffer.from('1234')]);
    file.writeUInt32LE(header.length, 0);
    for (let number = 0; number < 50; number++) {
      const { bytes } = enlarge(file, drawer(1, number));
      const length = Number(bytes.readBigUInt64LE(0));
      expect(() => JSON.parse(bytes.toString('utf8', 8, 8 + length)) as unknown).not.toThrow();
      expect(bytes.toString('utf8', 8 + length)).toBe('1234');
    }
  });
});
