import { smallTraining } from '../../test/small-training.js';
import { createModel } from '../model/model.js';
import { packRows } from '../model/row-packing.js';
import { recordProgram } from '../program/record-program.js';
import { batchComputations } from './learner.js';

const { size, batch, config } = smallTraining;

const recordTraining = (...given: Parameters<typeof batchComputations>) =>
  recordProgram(batchComputations(...given));

describe('recordProgram', () => {
  it('lists the kernels of both passes, the backward pass in reverse order', () => {
    const model = createModel({ ...size, nLayer: 1 }, { seed: 1 });
    const program = recordTraining(model, batch, config, [0])!;
    expect(program.calls.map(({ kernel }) => kernel)).toEqual([
      ...['Embedding', 'Embedding', 'Residual', 'LayerNorm', 'FusedLinear', 'Attention'],
      ...['FusedLinear', 'Residual', 'LayerNorm', 'FusedLinear', 'FusedLinear', 'Residual'],
      ...['LayerNorm', 'CrossEntropy', 'CrossEntropyGrad', 'LayerNormGrad', 'ResidualGrad'],
      ...['FusedLinearGrad', 'FusedLinearGrad', 'LayerNormGrad', 'Add', 'ResidualGrad'],
      ...['FusedLinearGrad', 'AttentionGrad', 'FusedLinearGrad', 'LayerNormGrad', 'Add'],
      ...['ResidualGrad', 'EmbeddingGrad', 'EmbeddingGrad', 'Add'],
    ]);
    expect(Object.keys(program.gradients)).toEqual(model.parameters.specs.map(({ name }) => name));
  });

  it('records the shape of every gradient', () => {
    const model = createModel({ ...size, attention: 'relative' }, { seed: 1 });
    const { values, gradients } = recordTraining(model, batch, config, [1])!;
    for (const { name, shape } of model.parameters.specs) {
      expect(values[gradients[name]].shape).toEqual(shape);
    }
  });

  it('records the arrays of a batch as inputs and all others as constants', () => {
    const lengths = Int32Array.of(6, 3);
    const model = createModel({ ...size, attention: 'prefix' }, { seed: 1 });
    const padded = { ...batch, lengths, prefixLengths: Int32Array.of(0, 2) };
    const { values } = recordTraining(model, padded, config, [1])!;
    const inputs = values.flatMap(({ source }) => (source.kind === 'input' ? [source.name] : []));
    expect([...new Set(inputs)].sort()).toEqual([
      ...['lengths', 'prefixLengths', 'targets.0', 'tokens', 'weights.0'],
    ]);
  });

  it('records a batch without its padding, with one program for all lengths of as many rows', () => {
    const model = createModel({ ...size, positions: 'rotary' }, { seed: 1 });
    const lengths = Int32Array.of(6, 3);
    const padded = { ...batch, lengths };
    const { values } = recordTraining(
      model,
      { ...padded, packing: packRows(padded) },
      config,
      [1],
    )!;
    const inputs = values.flatMap(({ source }) => (source.kind === 'input' ? [source.name] : []));
    expect([...new Set(inputs)].sort()).toEqual([
      ...['lengths', 'places', 'positions', 'rows', 'targets.0', 'tokens', 'weights.0'],
    ]);
    expect(
      values.find(({ source }) => source.kind === 'input' && source.name === 'tokens')?.shape,
    ).toEqual([9]);
  });

  it('marks the calls whose dropout differs in every step', () => {
    const model = createModel(size, { seed: 1 });
    const calls = (dropout: number): boolean[] =>
      recordTraining(model, batch, { ...config, dropout }, [1])!.calls.map(
        ({ hasStep }) => hasStep,
      );
    expect(calls(0).some(Boolean)).toBe(false);
    // Calls for the embeddings, and for attention, its branch and the MLP's branch of two layers, forward and
    // backward.
    expect(calls(0.1).filter(Boolean)).toHaveLength(2 * (1 + 2 * 3));
  });

  it('records recomputed blocks', () => {
    const model = createModel(size, { seed: 1 });
    const { calls } = recordTraining(model, batch, { ...config, recompute: true }, [1])!;
    expect(calls.filter(({ kernel }) => kernel === 'Attention')).toHaveLength(4);
  });
});
