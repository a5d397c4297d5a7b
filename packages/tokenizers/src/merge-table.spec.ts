import { MergeTable } from './write-hugging-face.js';

describe('MergeTable', () => {
  it('ranks pairs in the order in which they were added', () => {
    const table = new MergeTable(new Int32Array(256));
    table.add({ left: 5, right: 3, merged: 300 });
    table.add({ left: 3, right: 5, merged: 301 });
    expect([table.rank(5, 3), table.rank(3, 5), table.rank(5, 5)]).toEqual([0, 1, undefined]);
    expect([table.mergedId(0), table.mergedId(1)]).toEqual([300, 301]);
  });
});
