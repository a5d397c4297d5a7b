import type { AttentionPattern } from '../attention/attention-kinds.js';
import { modelConfig } from '../config/model-config.js';
import { decoderOf } from './decoder.js';
import { lowerModel, type ModelOp, type Value } from './lower-model.js';

const shape = { vocabSize: 7, contextLength: 5, nLayer: 2, nHead: 3, nEmbd: 6, mlpDim: 10 };
const decoder = decoderOf(modelConfig(shape));

/** Returns all values of an op except its result. */
function operandsOf(op: ModelOp): Value[] {
  const isValue = (field: object): field is Value => 'place' in field;
  const given: readonly [string, unknown][] = [
    ...Object.entries(op),
    ...('memory' in op && op.memory ? Object.entries(op.memory) : []),
  ];
  const objects = given.flatMap(([name, field]) =>
    typeof field === 'object' && field !== null && name !== 'to' ? [field] : [],
  );
  return objects.filter(isValue);
}

describe('lowerModel', () => {
  it('lists the ops of the transformer in their order', () => {
    const block = ['layerNorm', 'linear', 'attention', 'linear', 'add'];
    const mlp = ['layerNorm', 'linear', 'linear', 'add'];
    expect(lowerModel(decoder)!.ops.map(({ kind }) => kind)).toEqual([
      ...['embedding', 'embedding', 'add'],
      ...[...block, ...mlp],
      ...['layerNorm', 'linear', 'attention', 'select', 'linear', 'select', 'add', ...mlp],
      ...['layerNorm', 'logits'],
    ]);
  });

  it('keeps only the rows whose logits are wanted after the last attention', () => {
    const rows = lowerModel(decoder)!.ops.map((op) => ('to' in op ? op.to : op.from).rows);
    const first = rows.indexOf('wanted');
    expect(rows.slice(0, first)).toEqual(rows.slice(0, first).fill('tokens'));
    expect(rows.slice(first)).toEqual(rows.slice(first).fill('wanted'));
    expect(lowerModel(decoder)!.ops[first - 1]).toMatchObject({ kind: 'attention', layer: 1 });
  });

  it('gives the widths and the activation of each product', () => {
    const products = lowerModel(decoder)!.ops.flatMap((op) =>
      op.kind === 'linear' ? [[op.name, op.from.width, op.to.width, op.hasGelu]] : [],
    );
    expect(products.slice(0, 4)).toEqual([
      ['blocks.0.attention.qkv', 6, 18, false],
      ['blocks.0.attention.proj', 6, 6, false],
      ['blocks.0.mlp.up', 6, 10, true],
      ['blocks.0.mlp.down', 10, 6, false],
    ]);
  });

  it('compresses the rows that a layer attends to, one group a row', () => {
    const kindsOf = (attention: AttentionPattern): string[] =>
      lowerModel(decoderOf(modelConfig({ ...shape, attention })))!.ops.map(
        (op) => `${op.kind}${'to' in op && op.to.rows === 'groups' ? ' of groups' : ''}`,
      );
    const grouped = ['groups of groups', 'linear of groups'];
    expect(kindsOf('causal,compressed').slice(3 + 9, 3 + 9 + 7)).toEqual([
      ...['layerNorm', 'linear', ...grouped, ...grouped, 'attention'],
    ]);
    expect(kindsOf('compressed-input').slice(3, 3 + 6)).toEqual([
      ...['layerNorm', 'linear', ...grouped, 'linear of groups', 'attention'],
    ]);
  });

  it.each(['causal', 'compressed', 'compressed-input'] as const)(
    'never writes over a value that a later op reads: %s',
    (attention) => {
      const config = modelConfig({ ...shape, attention });
      const { ops, rowSize } = lowerModel(decoderOf(config))!;
      // Records which op last wrote each number of a row. All numbers that an op reads must have the same
      // writer.
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
      // The stream, a branch and one value of each wider width, for any number of layers.
      expect(rowSize).toBe(lowerModel(decoderOf({ ...config, nLayer: 9 }))!.rowSize);
      const ofGroups = { causal: 0, compressed: 18 + 6, 'compressed-input': 18 + 18 + 6 };
      expect(rowSize).toBeLessThanOrEqual(3 * 6 + 18 + 10 + ofGroups[attention]);
    },
  );
});
