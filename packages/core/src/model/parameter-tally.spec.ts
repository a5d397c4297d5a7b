import { readJson } from '../../test/read-fixture.js';
import type { AttentionPattern } from '../attention/attention-kinds.js';
import { modelConfig, type ModelConfig } from '../config/model-config.js';
import { sizeOf } from '../parameters/parameter.js';
import { countParameters, parameterSpecs, parameterTally } from './model-parameters.js';

interface Row {
  readonly shape: number[];
  readonly count: number;
  readonly perBlock: number;
  readonly allBlocks: number;
}
interface Golden {
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
}
const { models } = readJson('parameter-tally/tally.json') as { models: Golden[] }; // its README

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
