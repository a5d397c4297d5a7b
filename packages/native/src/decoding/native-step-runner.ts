import type { ModelConfig } from '@ramble/core';
import {
  type ModelOp,
  type ParameterSpec,
  type Rotation,
  rotationAngles,
  rowsFor,
  type Value,
} from '@ramble/core/engine';
import {
  type CacheArray,
  type KvCache,
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

/** Makes runners that run a step of a model in one native call, with weights of any format, without copying them. */
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
    const run: StepRunner = ({ tokens, positions, tableRows, feeds, cache, wanted, logits }) => {
      const storage = feeds.map((feed) => feed.storage);
      const ofFeeds = (layers: KvCache['keys']): CacheArray[] =>
        layers.flatMap((arrays) => storage.map((index) => arrays[index]));
      const rows = rowsOf(model, cache);
      checkCache(cache, feeds, rows);
      addon.runStep({
        program,
        rows: tokens.length,
        tokens,
        positions: tableRows,
        angles: rotations.map((rotation) => rotationAngles(rotation, positions)),
        feeds: feeds.map(({ firstRow, count, past, prefixLength: prefix, shared }, slot) => {
          const twin = storage.indexOf(shared.storage);
          return { slot, firstRow, count, past, prefix, twin, shared: shared.count };
        }),
        keys: ofFeeds(cache.keys),
        values: ofFeeds(cache.values),
        cache: cache.format.name,
        layouts: rows.layouts,
        wantedCount: wanted.length,
        wanted,
        logits,
      });
    };
    return Object.assign(run, { ops }); // the program reads their arrays as long as it runs
  };
}

/** Returns the different rotations of all layers. */
function rotationsOf({ lowered }: StepModel): Rotation[] {
  return [...new Set(lowered.ops.flatMap((op) => (op.kind === 'rotate' ? [op.rotation] : [])))];
}

/** Converts the ops of a lowered model to the addon's form, with the arrays of their parameters. */
function stepOps(
  { decoder, lowered, specs, stored }: StepModel,
  rotations: readonly Rotation[],
): StepOp[] {
  const parameters = storedParameters(specs, stored);
  return lowered.ops.map((op) => stepOp(op, decoder.config, parameters, rotations));
}

/** Access to the stored numbers of parameters, in the addon's form. */
interface StoredParameters {
  readonly has: (name: string) => boolean;
  readonly weights: (name: string, columns: number) => Weights;
  readonly vector: (name: string) => Float32Array;
}

function storedParameters(
  all: readonly ParameterSpec[],
  stored: StepModel['stored'],
): StoredParameters {
  const specs = new Map(all.map((spec) => [spec.name, spec]));
  const arrayOf = (name: string): Omit<Weights, 'columns'> => {
    const { layout, array, scales = null } = stored(name);
    const spec = specs.get(name);
    const size = spec ? layout.lengthOf(matrixShape(spec)) : 0;
    if (array.length !== size) {
      throw new RangeError(`${name}: expected ${size} numbers, got ${array.length}`);
    }
    return { width: layout.name, stored: array, scales };
  };
  return {
    has: (name) => specs.has(name),
    weights: (name, columns) => ({ columns, ...arrayOf(name) }),
    vector: (name) => {
      const { stored: values } = arrayOf(name);
      if (values instanceof Float32Array) return values;
      throw new TypeError(`${name}: expected 32-bit floats`);
    },
  };
}

function stepOp(
  op: ModelOp,
  config: ModelConfig,
  parameters: StoredParameters,
  rotations: readonly Rotation[],
): StepOp {
  const { weights, vector } = parameters;
  switch (op.kind) {
    case 'embedding': {
      const kind = op.table === 'tokenEmbedding' ? 'tokens' : 'positions';
      const table = weights(`${op.table}.weight`, op.to.width);
      return { kind, ...resultOf(op.to), weights: table, scale: op.scale };
    }
    case 'add':
      return {
        kind: 'add',
        ...readOf(op),
        other: op.other.place,
        scale: op.scale,
        activation: op.hasGelu ? 'gelu' : 'none',
      };
    case 'select':
      return { kind: 'select', ...readOf(op) };
    case 'layerNorm': {
      const [gain, bias] = [vector(`${op.name}.gain`), vector(`${op.name}.bias`)];
      return { kind: 'layerNorm', ...readOf(op), gain, bias };
    }
    case 'rmsNorm':
      return { kind: 'rmsNorm', ...readOf(op), gain: vector(`${op.name}.gain`) };
    case 'normHeads': {
      const spans = headSpans({ ...config, span: op.span });
      const [queryGain, keyGain] = [vector(op.queryGain), vector(op.keyGain)];
      return { kind: 'normHeads', ...readOf(op), spans, queryGain, keyGain };
    }
    case 'rotate': {
      const angles = rotations.indexOf(op.rotation);
      return { kind: 'rotate', ...readOf(op), turned: op.rotation.columns, angles };
    }
    case 'gated':
      return { kind: 'gated', ...readOf(op), activation: op.activation };
    case 'linear':
      return linearOp(op, parameters);
    case 'groups': {
      const { layer, groupLength: group, from } = op;
      const column = { input: 0, keys: config.nEmbd, values: 2 * config.nEmbd }[op.part];
      return { kind: 'groups', ...readOf(op), in: from.width, layer, group, column };
    }
    case 'attention':
      return attentionOp(op, config, parameters);
    case 'logits': {
      const { place: from, width, rows } = op.from;
      const table = weights(op.table, width);
      const result = { rows, to: 0, width: config.vocabSize };
      return { kind: 'logits', ...result, from, in: width, cap: op.cap, weights: table };
    }
  }
}

type OpOf<Kind extends ModelOp['kind']> = Extract<ModelOp, { kind: Kind }>;

function linearOp(op: OpOf<'linear'>, { has, weights, vector }: StoredParameters): StepOp {
  return {
    kind: 'linear',
    ...readOf(op),
    in: op.from.width,
    activation: op.hasGelu ? 'gelu' : 'none',
    weights: weights(`${op.name}.weight`, op.to.width),
    bias: has(`${op.name}.bias`) ? vector(`${op.name}.bias`) : null,
  };
}

function attentionOp(
  op: OpOf<'attention'>,
  config: ModelConfig,
  { weights }: StoredParameters,
): StepOp {
  const { layer, blocks, windowLength, distances, memory, input } = op;
  return {
    kind: 'attention',
    ...readOf(op),
    layer,
    block: blocks?.blockLength ?? 0,
    back: blocks?.blocksBack ?? 0,
    window: windowLength ?? 0,
    scale: scoreScale(config.scoreScale, config.headDim),
    cap: config.scoreCap ?? 0,
    reach: distances?.rows ?? 0,
    distances: distances ? weights(distances.name, config.headDim) : null,
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

/** Returns the fields of a native op that describe its result, and the place of its operand. */
function readOf({
  to,
  from,
}: {
  readonly to: Value;
  readonly from: Value;
}): Pick<StepOp, 'rows' | 'to' | 'width'> & { from: number } {
  return { ...resultOf(to), from: from.place };
}

/**
 * Returns the fields of a native op that describe its result: the kind of its rows (such as tokens), its place and
 * its width.
 */
function resultOf({ place, width, rows }: Value): Pick<StepOp, 'rows' | 'to' | 'width'> {
  return { rows, to: place, width };
}

/** Returns the layers' attention and cache layouts for a cache of this capacity and format, and the length of its rows. */
function rowsOf(
  { decoder: { config, layers } }: StepModel,
  { capacity, format }: KvCache,
): Pick<KvCache, 'attention' | 'layouts' | 'rowLength'> {
  const attention = layers.map((layer) => layer.attention);
  const layouts = attention.map(({ layout }) => layout(capacity));
  return { attention, layouts, rowLength: config.nKvHead * format.headLength(config.headDim) };
}

/** Checks that the arrays of a cache are long enough for a step's new rows. */
function checkCache(
  cache: KvCache,
  feeds: readonly StepFeed[],
  rows: Pick<KvCache, 'attention' | 'layouts' | 'rowLength'>,
): void {
  const layers = rows.layouts.length;
  for (const { storage, past, count } of feeds) {
    for (let layer = 0; layer < layers; layer++) {
      const size = rowsFor(rows, layer, past + count) * rows.rowLength;
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
