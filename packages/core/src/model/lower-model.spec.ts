import { modelConfig } from '../config/model-config.js';
import { lowerModel, type ModelOp, type Value } from './lower-model.js';

const config = modelConfig({ vocabSize: 7, contextLength: 5, nLayer: 2, nHead: 3, nEmbd: 6, mlpDim: 10 }); // prettier-ignore

function operandsOf(op: ModelOp): Value[] {
  if (op.kind === 'embedding') return [];
  return op.kind === 'add' ? [op.from, op.other] : [op.from];
}

describe('lowerModel', () => {
  it('lists the ops of the transformer in their order', () => {
    const block = ['layerNorm', 'linear', 'attention', 'linear', 'add'];
    const mlp = ['layerNorm', 'linear', 'linear', 'add'];
    expect(lowerModel(config).ops.map(({ kind }) => kind)).toEqual([
      ...['embedding', 'embedding', 'add'],
      ...[...block, ...mlp, ...block, ...mlp],
      ...['layerNorm', 'logits'],
    ]);
  });

  it('gives the widths and the activation of each product', () => {
    const products = lowerModel(config).ops.flatMap((op) =>
      op.kind === 'linear' ? [[op.name, op.from.width, op.to.width, op.hasGelu]] : [],
    );
    expect(products.slice(0, 4)).toEqual([
      ['blocks.0.attention.qkv', 6, 18, false],
      ['blocks.0.attention.proj', 6, 6, false],
      ['blocks.0.mlp.up', 6, 10, true],
      ['blocks.0.mlp.down', 10, 6, false],
    ]);
  });

  it('never writes over a value that a later op reads', () => {
    const { ops, rowSize } = lowerModel(config);
    // Which op wrote each number of a row last; what an op reads must be of one writer.
    const writers = new Array<number | undefined>(rowSize);
    ops.forEach((op, i) => {
      for (const { place, width } of operandsOf(op)) {
        const found = writers.slice(place, place + width);
        expect(new Set(found).size).toBe(1);
        const [writer] = found;
        expect(writer === undefined ? undefined : 'to' in ops[writer]).toBe(true);
      }
      if (!('to' in op)) return;
      for (const { place, width } of operandsOf(op)) {
        expect(place + width <= op.to.place || op.to.place + op.to.width <= place).toBe(true);
      }
      writers.fill(i, op.to.place, op.to.place + op.to.width);
    });
    // The stream and a branch, one of each wider value: no more, however many layers.
    expect(rowSize).toBe(lowerModel({ ...config, nLayer: 9 }).rowSize);
    expect(rowSize).toBeLessThanOrEqual(3 * 6 + 18 + 10);
  });
});
