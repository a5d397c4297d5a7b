import { readJson } from '../../test/read-fixture.js';
import { modelConfig, type ModelConfig } from '../config/model-config.js';
import { sizeOf } from '../parameters/parameter.js';
import type { AttentionPattern } from '../attention/attention-kinds.js';
import { countParameters, parameterSpecs, parameterTally } from './model-parameters.js';

interface Row {
  readonly shape: number[];
  readonly count: number;
  readonly perBlock: number;
  readonly allBlocks: number;
}
interface Tally {
  readonly name: string;
  readonly n_layer: number;
  readonly n_embd: number;
  readonly n_head: number;
  readonly vocab_size: number;
  readonly n_positions: number;
  readonly head: Row[];
  readonly block: Row[];
  readonly tail: Row[];
  readonly blockTotal: number;
  readonly blocksTotal: number;
  readonly total: number;
  readonly totalWithoutPositions: number;
  readonly totalWithoutEmbeddings: number;
}
const { models } = readJson('parameter-tally/tally.json') as { models: Tally[] }; // its README

describe('parameterSpecs', () => {
  it.each(models.map((tally) => [tally.name, tally] as const))(
    'has the shapes and the sum of %s',
    (_, tally) => {
      const config = modelConfig({
        vocabSize: tally.vocab_size,
        contextLength: tally.n_positions,
        nLayer: tally.n_layer,
        nHead: tally.n_head,
        nEmbd: tally.n_embd,
      });
      const specs = parameterSpecs(config);
      const shapes = specs.map(({ shape }) => shape);
      const rows = tally.block.length;
      expect(shapes.slice(0, 2)).toEqual(tally.head.map(({ shape }) => shape));
      for (let layer = 0; layer < tally.n_layer; layer++) {
        const block = shapes.slice(2 + layer * rows, 2 + (layer + 1) * rows);
        expect(block).toEqual(tally.block.map(({ shape }) => shape));
      }
      expect(shapes.slice(-2)).toEqual(tally.tail.map(({ shape }) => shape));

      const sizes = (part: string): number =>
        specs
          .filter(({ name }) => name.includes(part))
          .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
      expect(sizes('')).toBe(tally.total);
      expect(sizes('') - sizes('positionEmbedding')).toBe(tally.totalWithoutPositions);
      expect(sizes('') - sizes('Embedding')).toBe(tally.totalWithoutEmbeddings);
    },
  );

  it('returns the block or part of each parameter, and the meaning of its rows', () => {
    const specs = parameterSpecs(modelConfig({ vocabSize: 7, nLayer: 2 }));
    const inBlock = (block: number): string[] =>
      specs.filter((spec) => spec.block === block).map(({ name }) => name);
    expect([inBlock(0).length, inBlock(1).length]).toEqual([12, 12]);
    expect(inBlock(1).every((name) => name.startsWith('blocks.1.'))).toBe(true);
    const outside = specs.filter(({ block }) => block === undefined);
    expect(outside.map(({ name, part, rows }) => [name, part, rows])).toEqual([
      ['tokenEmbedding.weight', 'input', 'tokens'],
      ['positionEmbedding.weight', 'input', 'positions'],
      ['finalNorm.gain', 'output', undefined],
      ['finalNorm.bias', 'output', undefined],
    ]);
  });

  it('has a table of distances in every layer of relative attention', () => {
    const given = { vocabSize: 7, nLayer: 2, nHead: 3, nEmbd: 12, attention: 'relative' } as const;
    const specs = parameterSpecs(modelConfig({ ...given, maxDistance: 5 }));
    expect(specs.filter(({ name }) => name.includes('distances'))).toEqual(
      [0, 1].map((layer) => ({
        name: `blocks.${layer}.attention.distances.weight`,
        shape: [3 * 5, 4],
        initializer: { kind: 'normal', deviation: 0.5 },
        block: layer,
      })),
    );
  });

  it('has a table of positions in every layer with positions added at every layer', () => {
    const given = { vocabSize: 7, contextLength: 5, nLayer: 2, nHead: 3, nEmbd: 12 };
    const names = parameterSpecs(modelConfig({ ...given, positions: 'every-layer' }))
      .filter(({ shape }) => shape[0] === 5)
      .map(({ name }) => name);
    expect(names).toEqual([0, 1].map((layer) => `blocks.${layer}.positionEmbedding.weight`));
  });

  it('has no positions except distance parameters with Transformer-XL attention', () => {
    const given = { vocabSize: 7, nLayer: 1, nHead: 3, nEmbd: 12, attention: 'transformer-xl' };
    const specs = parameterSpecs(modelConfig(given as Partial<ModelConfig>)); // a kind
    expect(specs.some(({ name }) => name.includes('position'))).toBe(false);
    const found = specs.filter(({ name }) => /distance|content/.test(name));
    expect(found.map(({ name, shape }) => `${name} [${shape.join()}]`)).toEqual([
      'blocks.0.attention.distance.weight [12,12]',
      'blocks.0.attention.distance.bias [12]',
      'blocks.0.attention.content.bias [12]',
    ]);
  });

  it('has convolutions of keys and values, or of their input, with compressed attention', () => {
    const given = { vocabSize: 7, nLayer: 3, nHead: 3, nEmbd: 12 } as const;
    const specs = parameterSpecs(
      modelConfig({ ...given, attention: 'causal,compressed,compressed-input' }),
    );
    const weight = { shape: [3 * 12, 12], initializer: { kind: 'normal', deviation: 1 / 6 } };
    const bias = { shape: [12], initializer: { kind: 'constant', value: 0 } };
    expect(specs.filter(({ name }) => name.includes('compress'))).toEqual(
      ['1.attention.compressKeys', '1.attention.compressValues', '2.attention.compress'].flatMap(
        (name) => [
          { name: `blocks.${name}.weight`, ...weight, block: Number(name[0]) },
          { name: `blocks.${name}.bias`, ...bias, block: Number(name[0]) },
        ],
      ),
    );
  });

  it('names parameters in the order of the forward pass', () => {
    const config = modelConfig({
      vocabSize: 7,
      contextLength: 5,
      nLayer: 1,
      nHead: 3,
      nEmbd: 6,
      mlpDim: 10,
    });
    expect(parameterSpecs(config).map(({ name, shape }) => `${name} [${shape.join()}]`)).toEqual([
      'tokenEmbedding.weight [7,6]',
      'positionEmbedding.weight [5,6]',
      'blocks.0.norm1.gain [6]',
      'blocks.0.norm1.bias [6]',
      'blocks.0.attention.qkv.weight [6,18]',
      'blocks.0.attention.qkv.bias [18]',
      'blocks.0.attention.proj.weight [6,6]',
      'blocks.0.attention.proj.bias [6]',
      'blocks.0.norm2.gain [6]',
      'blocks.0.norm2.bias [6]',
      'blocks.0.mlp.up.weight [6,10]',
      'blocks.0.mlp.up.bias [10]',
      'blocks.0.mlp.down.weight [10,6]',
      'blocks.0.mlp.down.bias [6]',
      'finalNorm.gain [6]',
      'finalNorm.bias [6]',
    ]);
  });
});

/** Counts the numbers of every array separately. */
function listedNumbers(config: ModelConfig): number {
  return parameterSpecs(config).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

describe('parameterTally', () => {
  it.each(models.map((golden) => [golden.name, golden] as const))(
    'counts every row of %s',
    (_, golden) => {
      const tally = parameterTally(
        modelConfig({
          vocabSize: golden.vocab_size,
          contextLength: golden.n_positions,
          nLayer: golden.n_layer,
          nHead: golden.n_head,
          nEmbd: golden.n_embd,
        }),
      );
      const { head, block, tail, ...totals } = tally;
      const rows = (part: readonly { shape: readonly number[]; count: number }[]): unknown =>
        part.map(({ shape, count }) => ({ shape, count }));
      expect(rows(head)).toEqual(rows(golden.head));
      expect(block.map(({ shape, count, allBlocks }) => ({ shape, count, allBlocks }))).toEqual(
        golden.block.map(({ shape, perBlock, allBlocks }) => ({
          shape,
          count: perBlock,
          allBlocks,
        })),
      );
      expect(rows(tail)).toEqual(rows(golden.tail));
      const { blockTotal, blocksTotal, total } = golden;
      expect(totals).toEqual({ blockTotal, blocksTotal, total });
    },
  );

  it('counts exactly as many parameters as the model has', () => {
    const config = modelConfig({ vocabSize: 7, nLayer: 3, nHead: 2, nEmbd: 6, mlpDim: 10 });
    expect(countParameters(config)).toBe(listedNumbers(config));
  });

  it('counts a depth whose blocks would fill the memory if all were listed', () => {
    const given = { vocabSize: 7, contextLength: 8, nHead: 2, nEmbd: 6, mlpDim: 10 };
    const four = modelConfig({ ...given, nLayer: 4, attention: 'causal,relative', maxDistance: 4 });
    const deep = parameterTally({ ...four, nLayer: 2 ** 40 });
    expect(deep.blocksTotal).toBe(2 ** 38 * parameterTally(four).blocksTotal);
  });

  it('counts quickly if each of many blocks has a different kind', () => {
    const nLayer = 10_000;
    const kinds = Array.from({ length: nLayer }, (_, i) => (i % 2 === 0 ? 'local' : 'causal'));
    const config = modelConfig({
      ...{ vocabSize: 7, nLayer, nHead: 2, nEmbd: 6 },
      attention: kinds.join(',') as AttentionPattern, // existing kinds
    });
    const start = process.cpuUsage();
    const count = countParameters(config);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(10); // 1 s; 18 s if each block parses the pattern
    expect(count).toBe(countParameters({ ...config, attention: 'causal' })); // because neither adds any
  });

  it('counts parameters that only some blocks have, and returns no total of a block if blocks differ', () => {
    const given = { vocabSize: 7, contextLength: 8, nLayer: 5, nHead: 2, nEmbd: 6, mlpDim: 10 };
    const config = modelConfig({ ...given, attention: 'causal,relative', maxDistance: 4 });
    const { block, blocksTotal, total, ...others } = parameterTally(config);
    expect(total).toBe(listedNumbers(config));
    expect(others).not.toHaveProperty('blockTotal');
    expect(block.map(({ name }) => name).slice(3, 6)).toEqual([
      'attention.qkv.bias',
      'attention.distances.weight',
      'attention.proj.weight',
    ]);
    const [, , , bias, distances] = block;
    expect(bias).toMatchObject({ count: 18, blocks: 5, allBlocks: 90 });
    expect(distances).toMatchObject({ shape: [8, 3], count: 24, blocks: 2, allBlocks: 48 });
    expect(blocksTotal).toBe(block.reduce((sum, row) => sum + row.allBlocks, 0));
  });

  it('names rows for people', () => {
    const { head, block, tail } = parameterTally(modelConfig({ vocabSize: 7 }));
    expect([head[0].name, block[2].name, tail[1].name]).toEqual([
      'tokenEmbedding.weight',
      'attention.qkv.weight',
      'finalNorm.bias',
    ]);
  });
});
