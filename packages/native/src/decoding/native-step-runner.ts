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
} from '@ramble/core';

import { type Addon, STEP_KINDS, STEP_ROWS } from '../addon/addon-types.js';

type StoredArray = Float32Array | Uint16Array | Int8Array;

/** An op as the addon takes it. */
interface EncodedOp {
  readonly kind: (typeof STEP_KINDS)[number];
  /** Places of the operands and of the result. */
  readonly from?: number;
  readonly other?: number;
  readonly to?: number;
  readonly inner?: number;
  readonly outer?: number;
  readonly layer?: number;
  readonly hasGelu?: boolean;
  readonly blockLength?: number;
  readonly blocksBack?: number;
  /** Rows of a head's table of distances. */
  readonly distanceRows?: number;
  /** What the result has rows of. */
  readonly rows?: (typeof STEP_ROWS)[number];
  readonly groupLength?: number;
  /** The first column that is grouped. */
  readonly column?: number;
  /** Places of keys and values of groups, and of the inputs that these are made of. */
  readonly keys?: number;
  readonly values?: number;
  readonly input?: number;
  /** Weights with their scales, gain, bias. */
  readonly arrays: readonly (StoredArray | null)[];
}

const NO_ARRAYS = [null, null, null, null] as const;

/** Runs a step of a model in one native call, on weights of any width where they lie. */
export function nativeStepRunner(addon: Addon): StepRunnerFactory {
  return (model) => {
    const { nLayer, nHead, nEmbd, layerNormEps } = model.config;
    const ops = encodeOps(model);
    const arrays = ops.flatMap((op) => op.arrays);
    const program = addon.prepareStep(
      Int32Array.from(ops.flatMap(numbersOf)),
      arrays,
      nLayer,
      nHead,
      nEmbd / nHead,
      layerNormEps,
      model.lowered.rowSize,
    );
    const run: StepRunner = ({ tokens, positions, feeds, cache, wanted, logits }) => {
      checkCache(cache, model);
      addon.runStep(
        program,
        tokens.length,
        tokens,
        positions,
        feeds.length,
        Int32Array.from(
          feeds.flatMap((feed) => [
            feed.slot,
            feed.firstRow,
            feed.count,
            feed.past,
            feed.prefixLength,
            feed.shared.slot,
            feed.shared.count,
          ]),
        ),
        cache.keys,
        cache.values,
        Int32Array.from(
          cache.layouts.flatMap(({ memoryRows, positionRows }) => [memoryRows, positionRows]),
        ),
        wanted.length,
        wanted,
        logits,
      );
    };
    return Object.assign(run, { arrays }); // the program reads them as long as it runs
  };
}

function encodeOps({ config, lowered, stored }: StepModel): EncodedOp[] {
  const shapes = new Map(parameterSpecs(config).map(({ name, shape }) => [name, shape]));
  const arraysOf = (name: string): readonly [StoredArray, Float32Array | null] => {
    const numbers = stored(name);
    const values = numbers.kind === 'f16' ? numbers.bits : numbers.values;
    const size = sizeOf(shapes.get(name) ?? []);
    if (values.length !== size) {
      throw new RangeError(`${name}: expected ${size} numbers, got ${values.length}`);
    }
    return [values, numbers.kind === 'int8' ? numbers.scales : null];
  };
  const vectorOf = (name: string): StoredArray => arraysOf(name)[0];
  const encode = (op: ModelOp): EncodedOp => {
    switch (op.kind) {
      case 'embedding': {
        const { place, width } = op.to;
        const arrays = [...arraysOf(`${op.table}.weight`), null, null];
        const kind = op.table === 'tokenEmbedding' ? op.table : 'positionEmbedding';
        return { kind, to: place, outer: width, arrays };
      }
      case 'add':
        return { kind: 'add', ...placesOf(op), other: op.other.place, arrays: NO_ARRAYS };
      case 'select':
        return { kind: 'select', ...placesOf(op), arrays: NO_ARRAYS };
      case 'layerNorm': {
        const arrays = [null, null, vectorOf(`${op.name}.gain`), vectorOf(`${op.name}.bias`)];
        return { kind: 'layerNorm', ...placesOf(op), arrays };
      }
      case 'linear': {
        const arrays = [...arraysOf(`${op.name}.weight`), null, vectorOf(`${op.name}.bias`)];
        return { kind: 'linear', ...placesOf(op), hasGelu: op.hasGelu, arrays };
      }
      case 'groups': {
        const column = { input: 0, keys: config.nEmbd, values: 2 * config.nEmbd }[op.part];
        const { groupLength, layer } = op;
        return { kind: 'groups', ...placesOf(op), layer, groupLength, column, arrays: NO_ARRAYS };
      }
      case 'attention': {
        const { layer, memory, input, distances } = op;
        const arrays = [...(distances ? arraysOf(distances.name) : [null, null]), null, null];
        const groups = memory && {
          groupLength: memory.groupLength,
          keys: memory.keys.place,
          values: memory.values.place,
          input: input?.place,
        };
        const blocks = { ...op.blocks, distanceRows: distances?.rows };
        return { kind: 'attention', ...placesOf(op), layer, ...blocks, ...groups, arrays };
      }
      case 'logits': {
        const { place, width } = op.from;
        const arrays = [...arraysOf('tokenEmbedding.weight'), null, null];
        const outer = config.vocabSize;
        return { kind: 'logits', from: place, rows: op.from.rows, inner: width, outer, arrays };
      }
    }
  };
  return lowered.ops.map(encode);
}

function placesOf({
  from,
  to,
}: Extract<
  ModelOp,
  { kind: 'add' | 'layerNorm' | 'linear' | 'groups' | 'attention' | 'select' }
>): Partial<EncodedOp> {
  return { from: from.place, to: to.place, inner: from.width, outer: to.width, rows: to.rows };
}

function numbersOf({
  kind,
  from = 0,
  other = 0,
  to = 0,
  inner = 0,
  outer = 0,
  layer = 0,
  hasGelu = false,
  blockLength = 0,
  blocksBack = 0,
  distanceRows = 0,
  rows = 'tokens',
  groupLength = 0,
  column = 0,
  keys = 0,
  values = 0,
  input = 0,
}: EncodedOp): number[] {
  return [
    ...[STEP_KINDS.indexOf(kind), from, other, to, inner, outer, layer, hasGelu ? 1 : 0],
    ...[blockLength, blocksBack, distanceRows],
    ...[STEP_ROWS.indexOf(rows), groupLength, column, keys, values, input],
  ];
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
