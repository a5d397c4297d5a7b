import { expectIntegers, expectTensor } from './expect-tensor.js';
import type { Kernel } from './kernel.js';

/** The kernel of `Embedding`. */
export const embedding: Kernel = ({ inputs, backend, addon }) => {
  const { table, ids } = inputs;
  const [rows, width] = table.shape;
  const [count] = ids.shape;
  expectTensor('table', table, [rows, width]);
  expectTensor('ids', ids, [count], 'int32');
  const numbers = backend.integers(ids);
  expectIntegers('ids', numbers, rows);
  const y = backend.output([count, width]);
  addon.gather({
    count,
    width,
    ids: numbers,
    table: backend.floats(table),
    y: backend.floats(y),
  });
  return [y];
};

/** The kernel of `EmbeddingGrad`. */
export const embeddingGrad: Kernel = ({ inputs, attributes, backend, addon }) => {
  const { dy, ids } = inputs;
  const [count, width] = dy.shape;
  const rows = attributes.rows as number; // embedding() put a number there
  expectTensor('dy', dy, [count, width]);
  expectTensor('ids', ids, [count], 'int32');
  const numbers = backend.integers(ids);
  expectIntegers('ids', numbers, rows);
  const dTable = backend.output([rows, width]);
  addon.scatterAdd({
    count,
    width,
    rows,
    ids: numbers,
    dy: backend.floats(dy),
    dTable: backend.floats(dTable),
  });
  return [dTable];
};
