import {
  attentionOf,
  type KvCache,
  layoutRows,
  type ModelOp,
  parameterSpecs,
  sizeOf,
  type StepModel,
  type StepRunner,
  type StepRunnerFactory,
  type Value,
} from '@ramble/core';

import type { Addon } from '../addon/addon-types.js';
import type { StepOp, Weights } from '../addon/ops.gen.js';

type StoredArray = Weights['stored'];

/** Runs a step of a model in one native call, on weights of any width where they lie. */
export function nativeStepRunner(addon: Addon): StepRunnerFactory {
  return (model) => {
    const { nLayer, nHead, nEmbd, normEps } = model.config;
    const ops = stepOps(model);
    const program = addon.prepareStep({
      ops,
      layers: nLayer,
      heads: nHead,
      headDim: nEmbd / nHead,
      eps: normEps,
      width: model.lowered.rowSize,
    });
    const run: StepRunner = ({ tokens, positions, feeds, cache, wanted, logits }) => {
      checkCache(cache, model);
      addon.runStep({
        program,
        rows: tokens.length,
        tokens,
        positions,
        feeds: feeds.map(({ slot, firstRow, count, past, prefixLength: prefix, shared }) => {
          return { slot, firstRow, count, past, prefix, twin: shared.slot, shared: shared.count };
        }),
        keys: cache.keys,
        values: cache.values,
        layouts: cache.layouts,
        wantedCount: wanted.length,
        wanted,
        logits,
      });
    };
    return Object.assign(run, { ops }); // the program reads their arrays as long as it runs
  };
}

/** The ops of a model with their parameters. */
function stepOps({ config, lowered, stored }: StepModel): StepOp[] {
  const shapes = new Map(parameterSpecs(config).map(({ name, shape }) => [name, shape]));
  const arrayOf = (name: string): { stored: StoredArray; scales: Float32Array | null } => {
    const numbers = stored(name);
    const values = numbers.kind === 'f16' ? numbers.bits : numbers.values;
    const size = sizeOf(shapes.get(name) ?? []);
    if (values.length !== size) {
      throw new RangeError(`${name}: expected ${size} numbers, got ${values.length}`);
    }
    return { stored: values, scales: numbers.kind === 'int8' ? numbers.scales : null };
  };
  const weightsOf = (name: string, columns: number): Weights => ({ columns, ...arrayOf(name) });
  const vectorOf = (name: string): Float32Array => {
    const { stored: values } = arrayOf(name);
    if (values instanceof Float32Array) return values;
    throw new TypeError(`${name}: expected 32-bit floats`);
  };
  const stepOp = (op: ModelOp): StepOp => {
    switch (op.kind) {
      case 'embedding': {
        const kind = op.table === 'tokenEmbedding' ? 'tokens' : 'positions';
        return { kind, ...resultOf(op.to), weights: weightsOf(`${op.table}.weight`, op.to.width) };
      }
      case 'add': {
        const { from, other } = op;
        return { kind: 'add', ...resultOf(op.to), from: from.place, other: other.place };
      }
      case 'select':
        return { kind: 'select', ...resultOf(op.to), from: op.from.place };
      case 'layerNorm': {
        const [gain, bias] = [vectorOf(`${op.name}.gain`), vectorOf(`${op.name}.bias`)];
        return { kind: 'layerNorm', ...resultOf(op.to), from: op.from.place, gain, bias };
      }
      case 'linear':
        return {
          kind: 'linear',
          ...resultOf(op.to),
          from: op.from.place,
          in: op.from.width,
          activation: op.hasGelu ? 'gelu' : 'none',
          weights: weightsOf(`${op.name}.weight`, op.to.width),
          bias: vectorOf(`${op.name}.bias`),
        };
      case 'groups':
        return {
          kind: 'groups',
          ...resultOf(op.to),
          from: op.from.place,
          in: op.from.width,
          layer: op.layer,
          group: op.groupLength,
          column: { input: 0, keys: config.nEmbd, values: 2 * config.nEmbd }[op.part],
        };
      case 'attention': {
        const { layer, blocks, distances, memory, input } = op;
        return {
          kind: 'attention',
          ...resultOf(op.to),
          from: op.from.place,
          layer,
          block: blocks?.blockLength ?? 0,
          back: blocks?.blocksBack ?? 0,
          reach: distances?.rows ?? 0,
          distances: distances ? weightsOf(distances.name, config.nEmbd / config.nHead) : null,
          memory: memory
            ? {
                group: memory.groupLength,
                keys: memory.keys.place,
                values: memory.values.place,
                input: input?.place ?? 0,
              }
            : null,
        };
      }
      case 'logits': {
        const { place, width, rows } = op.from;
        const weights = weightsOf('tokenEmbedding.weight', width);
        return {
          kind: 'logits',
          rows,
          to: 0,
          width: config.vocabSize,
          from: place,
          in: width,
          weights,
        };
      }
      default:
        throw new RangeError(`${op.kind}: expected an op of GPT-2's steps`);
    }
  };
  return lowered.ops.map(stepOp);
}

/** Where the result of an op goes, and what it has rows of. */
function resultOf({ place, width, rows }: Value): Pick<StepOp, 'rows' | 'to' | 'width'> {
  return { rows, to: place, width };
}

function checkCache(cache: KvCache, { config }: StepModel): void {
  const { keys, values, batchSize, capacity } = cache;
  const sizes = Array.from({ length: config.nLayer }, (_, layer) => {
    return batchSize * layoutRows(attentionOf(config, layer).layout(capacity)) * config.nEmbd;
  });
  const isRight = [keys, values].every(
    (layers) =>
      layers.length === sizes.length &&
      layers.every(({ length }, layer) => length === sizes[layer]),
  );
  if (isRight) return;
  const found = keys.map(({ length }) => length);
  throw new RangeError(
    `cache: expected layers of ${sizes.join(', ')} numbers, got ${found.join(', ')}`,
  );
}
