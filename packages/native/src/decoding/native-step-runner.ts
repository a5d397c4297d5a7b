import {
  type ModelOp,
  type Rotation,
  rotationAngles,
  rowsFor,
  type Value,
} from '@ramble/core/engine';
import {
  type KvCache,
  parameterSpecs,
  type StepFeed,
  type StepModel,
  type StepRunner,
  type StepRunnerFactory,
} from '@ramble/core/model';
import { matrixShape } from '@ramble/core/weights';

import type { Addon } from '../addon/load-addon.js';
import type { StepOp, Weights } from '../addon/ops.gen.js';
import { headSpans } from '../kernels/kernel.js';
import { scoreScale } from '../kernels/attention.js';

/** Runs a step of a model in one native call, on weights of any format, without copying them. */
export function nativeStepRunner(addon: Addon): StepRunnerFactory {
  return (model) => {
    const { nLayer, nHead, nKvHead, headDim, normEps } = model.decoder.config;
    const rotations = rotationsOf(model);
    const ops = stepOps(model, rotations);
    const program = addon.prepareStep({
      ops,
      activations: model.activations,
      layers: nLayer,
      heads: nHead,
      keyHeads: nKvHead,
      headDim,
      eps: normEps,
      width: model.lowered.rowSize,
    });
    const run: StepRunner = ({ tokens, positions, feeds, cache, wanted, logits }) => {
      const storage = feeds.map((feed) => feed.storage);
      const ofFeeds = (layers: KvCache['keys']): Float32Array[] =>
        layers.flatMap((arrays) => storage.map((index) => arrays[index]));
      const rows = rowsOf(model, cache);
      checkCache(cache, feeds, rows);
      addon.runStep({
        program,
        rows: tokens.length,
        tokens,
        positions,
        angles: rotations.map((rotation) => rotationAngles(rotation, positions)),
        feeds: feeds.map(({ firstRow, count, past, prefixLength: prefix, shared }, slot) => {
          const twin = storage.indexOf(shared.storage);
          return { slot, firstRow, count, past, prefix, twin, shared: shared.count };
        }),
        keys: ofFeeds(cache.keys),
        values: ofFeeds(cache.values),
        layouts: rows.layouts,
        wantedCount: wanted.length,
        wanted,
        logits,
      });
    };
    return Object.assign(run, { ops }); // the program reads their arrays as long as it runs
  };
}

/** The ways in which layers turn, each once. */
function rotationsOf({ lowered }: StepModel): Rotation[] {
  return [...new Set(lowered.ops.flatMap((op) => (op.kind === 'rotate' ? [op.rotation] : [])))];
}

/** The ops of a model with their parameters. */
function stepOps(
  { decoder: { config }, lowered, stored }: StepModel,
  rotations: readonly Rotation[],
): StepOp[] {
  const specs = new Map(parameterSpecs(config).map((spec) => [spec.name, spec]));
  const arrayOf = (name: string): Omit<Weights, 'columns'> => {
    const { layout, array, scales = null } = stored(name);
    const spec = specs.get(name);
    const size = spec ? layout.lengthOf(matrixShape(spec)) : 0;
    if (array.length !== size) {
      throw new RangeError(`${name}: expected ${size} numbers, got ${array.length}`);
    }
    return { width: layout.name, stored: array, scales };
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
        const weights = weightsOf(`${op.table}.weight`, op.to.width);
        return { kind, ...resultOf(op.to), weights, scale: op.scale };
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
      case 'rmsNorm':
        return {
          kind: 'rmsNorm',
          ...resultOf(op.to),
          from: op.from.place,
          gain: vectorOf(`${op.name}.gain`),
        };
      case 'normHeads':
        return {
          kind: 'normHeads',
          ...resultOf(op.to),
          from: op.from.place,
          spans: headSpans({ ...config, span: op.span }),
          queryGain: vectorOf(op.queryGain),
          keyGain: vectorOf(op.keyGain),
        };
      case 'rotate':
        return {
          kind: 'rotate',
          ...resultOf(op.to),
          from: op.from.place,
          turned: op.rotation.columns,
          angles: rotations.indexOf(op.rotation),
        };
      case 'gated':
        return {
          kind: 'gated',
          ...resultOf(op.to),
          from: op.from.place,
          activation: op.activation,
        };
      case 'linear':
        return {
          kind: 'linear',
          ...resultOf(op.to),
          from: op.from.place,
          in: op.from.width,
          activation: op.hasGelu ? 'gelu' : 'none',
          weights: weightsOf(`${op.name}.weight`, op.to.width),
          bias: specs.has(`${op.name}.bias`) ? vectorOf(`${op.name}.bias`) : null,
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
        const { layer, blocks, windowLength, distances, memory, input } = op;
        return {
          kind: 'attention',
          ...resultOf(op.to),
          from: op.from.place,
          layer,
          block: blocks?.blockLength ?? 0,
          back: blocks?.blocksBack ?? 0,
          window: windowLength ?? 0,
          scale: scoreScale(config.scoreScale, config.headDim),
          cap: config.scoreCap ?? 0,
          reach: distances?.rows ?? 0,
          distances: distances ? weightsOf(distances.name, config.headDim) : null,
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
        const weights = weightsOf(op.table, width);
        return {
          kind: 'logits',
          rows,
          to: 0,
          width: config.vocabSize,
          from: place,
          in: width,
          cap: op.cap,
          weights,
        };
      }
    }
  };
  return lowered.ops.map(stepOp);
}

/** Fields of an op for its result: number of rows, place and width. */
function resultOf({ place, width, rows }: Value): Pick<StepOp, 'rows' | 'to' | 'width'> {
  return { rows, to: place, width };
}

/** The rows that a model uses of a cache of this capacity. */
function rowsOf(
  { decoder: { config, layers } }: StepModel,
  { capacity }: KvCache,
): Pick<KvCache, 'attention' | 'layouts' | 'width'> {
  const attention = layers.map((layer) => layer.attention);
  const layouts = attention.map(({ layout }) => layout(capacity));
  return { attention, layouts, width: config.nKvHead * config.headDim };
}

/** Checks that the arrays of a cache have room for what a step writes. */
function checkCache(
  cache: KvCache,
  feeds: readonly StepFeed[],
  rows: Pick<KvCache, 'attention' | 'layouts' | 'width'>,
): void {
  const layers = rows.layouts.length;
  for (const { storage, past, count } of feeds) {
    for (let layer = 0; layer < layers; layer++) {
      const size = rowsFor(rows, layer, past + count) * rows.width;
      const [keys, values] = [
        cache.keys[layer][storage].length,
        cache.values[layer][storage].length,
      ];
      if (keys >= size && values >= size) continue;
      throw new RangeError(
        `cache: expected at least ${size} numbers in layer ${layer}, got ${keys} of keys and ${values} of values`,
      );
    }
  }
}
