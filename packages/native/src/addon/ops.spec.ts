import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadAddon } from './load-addon.js';

const READER = new URL('../../../../tools/native-ops/read-descriptions.mjs', import.meta.url).href;

/** Returns the error of the generator for a folder with these descriptions. */
function complaintOf(...descriptions: readonly object[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'ramble-ops-'));
  try {
    descriptions.forEach((description, i) => {
      writeFileSync(join(folder, `${i}.op.json`), JSON.stringify(description));
    });
    const program = `import { readDescriptions } from '${READER}';
      try { readDescriptions(process.argv[1]); } catch (error) { process.stdout.write(error.message); }`;
    const words = ['--input-type=module', '--eval', program, folder];
    return spawnSync(process.execPath, words, { encoding: 'utf8' }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const opOf = (fields: object): object => ({ ops: { scale: { about: 'y = a x.', fields } } });

describe('the fields of an op', () => {
  const [x, y] = [Float32Array.of(1, 2, 3), new Float32Array(3)];

  it('are passed by name, in any order', () => {
    loadAddon({}).scale({ y, factor: 2, x, count: 3 });
    expect([...y]).toEqual([2, 4, 6]);
  });

  it('do not compile when one is missing, unknown or of another type', () => {
    const { scale, unary } = loadAddon({});
    const uncalled = [
      // @ts-expect-error -- without its factor
      () => scale({ count: 3, x, y }),
      // @ts-expect-error -- `by` is not a field
      () => scale({ count: 3, x, y, factor: 2, by: 2 }),
      // @ts-expect-error -- x and the factor are swapped
      () => scale({ count: 3, x: 2, y, factor: x }),
      // @ts-expect-error -- an operator is not a function of one entry
      () => unary({ kind: 'add', count: 3, x, y }),
    ];
    expect(uncalled).toHaveLength(4);
  });

  it('are generated from descriptions with known types', () => {
    expect(complaintOf(opOf({ count: 'size', x: 'floats: any', y: 'out floats?' }))).toBe('');
    expect(complaintOf(opOf({ x: 'flots' }))).toBe(
      '0.op.json: scale.x: expected a type, got flots',
    );
    expect(complaintOf(opOf({ x: 'floats of x' }))).toBe(
      '0.op.json: scale.x: expected a type, and what it means behind a colon, got floats of x',
    );
    expect(complaintOf({ op: {} })).toBe(
      '0.op.json: expected enums, structs, unions or ops, got op',
    );
    expect(complaintOf(opOf({ x: 'floats' }), opOf({ x: 'floats' }))).toBe(
      '1.op.json: expected a new name, got scale',
    );
  });

  it('are not generated from descriptions whose C++ would read other numbers', () => {
    for (const [type, expected] of [
      ['out int', 'a single number that is read and never null'],
      ['double?', 'a single number that is read and never null'],
      ['bool[]', 'a single number that is read and never null'],
      ['packed Pair', 'a struct of ints alone'],
      ['packed int', 'a struct of ints alone'],
    ]) {
      const structs = { Pair: { about: 'Two.', fields: { first: 'int', second: 'float' } } };
      expect(complaintOf({ structs, ...opOf({ x: type }) })).toBe(
        `0.op.json: scale.x: expected ${expected}, got ${type}`,
      );
    }
    const Scale = { about: 'A struct with the name of the fields of scale.', fields: { x: 'int' } };
    expect(complaintOf({ structs: { Scale }, ...opOf({ x: 'floats' }) })).toBe(
      '0.op.json: expected a new name, got Scale',
    );
  });
});
