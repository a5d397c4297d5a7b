import type * as tf from '@tensorflow/tfjs-core';

import type { Dropout } from '../ops/dropout.js';
import type { LinearParams, Precision } from '../ops/linear.js';
import type { SettingTable } from '../settings/settings.js';
import type { ParameterSpec } from './parameter.js';

/** Linear layers of a block, or parts of their outputs, that can have adapters. */
const TARGETS = ['q', 'k', 'v', 'o', 'gate', 'up', 'down', 'qkv', 'gate-up'] as const;
/** Groups of targets: all linear layers, attention's layers, or the layers of the MLP. */
const GROUPS = {
  all: ['q', 'k', 'v', 'o', 'gate', 'up', 'down'],
  attention: ['q', 'k', 'v', 'o'],
  mlp: ['gate', 'up', 'down'],
} as const satisfies Record<string, readonly AdapterTarget[]>;

export type AdapterTarget = (typeof TARGETS)[number];
type TargetName = AdapterTarget | keyof typeof GROUPS;
/** Comma-separated names of linear layers with adapters, or of groups of them: `q,v`, `attention`. */
export type TargetPattern = TargetName | `${TargetName},${string}`;
/** All names that a `TargetPattern` may contain: groups, then single targets. */
export const TARGET_NAMES: readonly TargetName[] = [
  ...(Object.keys(GROUPS) as (keyof typeof GROUPS)[]), // their own names
  ...TARGETS,
];

/** The sizes of a model on which the shapes of its adapters depend, as in `ModelConfig`. */
export interface AdapterBase {
  readonly nLayer: number;
  readonly nEmbd: number;
  readonly nHead: number;
  readonly nKvHead: number;
  readonly headDim: number;
  readonly mlp: string;
  readonly mlpDim: number;
}

/** A range of columns of a layer's output that has a separate adapter, such as the queries in qkv. */
export interface AdapterPart {
  readonly target: AdapterTarget;
  readonly from: number;
  readonly width: number;
}

/** A linear layer with an adapter. */
export interface AdapterLayer {
  /** Prefix of the names of the layer's parameters: `blocks.0.attention.qkv`. */
  readonly name: string;
  readonly block: number;
  readonly inDim: number;
  readonly outDim: number;
  readonly parts: readonly AdapterPart[];
}

/** Operands of a linear layer of a frozen model, and of its adapter, for N rows. */
export interface AdapterOperands {
  /** Input of the layer, `[N, in]`. */
  readonly x: tf.Tensor2D;
  /** Returns the output of the layer without its adapter, `[N, out]`. */
  readonly output: () => tf.Tensor2D;
  /** Parameters of the layer, which are not trained. */
  readonly frozen: LinearParams;
  /** Parameters of the adapters, by name. */
  readonly parameters: Readonly<Record<string, tf.Tensor>>;
  /** Dropout of the forward pass. The adapters replace its rate by their own, such as `loraDropout`. */
  readonly drop: Dropout;
  /** Number format to which operands of matrix products are rounded; `f32` by default. */
  readonly precision?: Precision;
}

/** A product of two matrices that a layer adds to its output: `scale (x down) up`. */
export interface FactoredChange {
  /**
   * Prefix of the name of the weight by which `x` is multiplied, `[in, rank]`. `up` is the prefix of the name of the
   * other weight, `[rank, out]`.
   */
  readonly down: string;
  readonly up: string;
  readonly rank: number;
  readonly scale: number;
}

/** The adapters of a model, compiled once from the settings. */
export interface Adapters {
  readonly layers: ReadonlyMap<string, AdapterLayer>;
  /** The parameters of all adapters, in the order of the forward pass. */
  readonly specs: readonly ParameterSpec[];
  /** Returns the tensor that the adapter of a layer adds to the output of the layer, `[N, out]`. */
  change(layer: AdapterLayer, operands: AdapterOperands): tf.Tensor2D;
  /**
   * Returns the values of a parameter of a layer with the layer's adapter merged into them.
   *
   * @param own - Name of the parameter in the layer.
   * @param read - Returns the values of a parameter of the adapters.
   */
  merged(
    layer: AdapterLayer,
    own: 'weight' | 'bias',
    values: Float32Array,
    read: (name: string) => Float32Array,
  ): Float32Array;
  /**
   * Returns the adapter of a layer as a product of two matrices, for engines that decode a model as a precompiled
   * list of ops (`LoweredModel`). Without this function, a model with these adapters decodes op by op.
   */
  readonly lowRank?: (layer: AdapterLayer) => FactoredChange;
}

/**
 * A kind of adapters, such as LoRA, described by its settings. `adaptersOf` in `model/model.ts` chooses the
 * computation by the name.
 */
export interface AdapterKind<Settings> {
  /** Name in messages: `LoRA`. */
  readonly name: string;
  readonly settings: SettingTable<Settings>;
  /** Name of the setting that enables adapters of this kind if it is neither 0 nor false: `loraRank`. */
  readonly choice: keyof Settings & string;
  /** Describes adapters of some settings in a report: `LoRA adapters of rank 4 for q,v`. */
  describe(settings: Settings): string;
}

/**
 * Returns the linear layers of a model that have at least one target of the pattern, in the order of the forward
 * pass.
 */
export function adapterLayers(base: AdapterBase, pattern: TargetPattern): AdapterLayer[] {
  const targets = targetsOf(pattern);
  return Array.from({ length: base.nLayer }, (_, block) =>
    layersOf(base, block)
      .map((layer) => ({ ...layer, parts: chosenParts(layer, targets) }))
      .filter(({ parts }) => parts.length > 0),
  ).flat();
}

/** Returns the targets that a setting names. */
function targetsOf(names: TargetPattern): ReadonlySet<AdapterTarget> {
  const targets = new Set<AdapterTarget>();
  for (const name of names.split(',')) {
    const members: readonly string[] =
      name in GROUPS ? GROUPS[name as keyof typeof GROUPS] : [name];
    for (const member of members) targets.add(member as AdapterTarget); // by the setting's check
  }
  return targets;
}

/**
 * Returns the parts of a layer (such as the queries in qkv) that are targets. If a target is the whole layer, returns
 * a single part with all columns.
 */
function chosenParts(
  { parts, outDim }: AdapterLayer,
  targets: ReadonlySet<AdapterTarget>,
): readonly AdapterPart[] {
  const chosen = parts.filter(({ target }) => targets.has(target));
  const whole = chosen.find(({ width }) => width === outDim);
  return whole ? [whole] : chosen;
}

/**
 * Returns the linear layers of a block with all parts that an adapter may target. Parts may overlap: qkv contains q,
 * k and v.
 */
function layersOf(
  { nEmbd, nHead, nKvHead, headDim, mlp, mlpDim }: AdapterBase,
  block: number,
): AdapterLayer[] {
  const [queries, keys] = [nHead * headDim, nKvHead * headDim];
  const layer = (
    own: string,
    inDim: number,
    outDim: number,
    parts: readonly (readonly [AdapterTarget, number, number])[],
  ): AdapterLayer => ({
    name: `blocks.${block}.${own}`,
    ...{ block, inDim, outDim },
    parts: parts.map(([target, from, width]) => ({ target, from, width })),
  });
  const qkvDim = queries + 2 * keys;
  const isGated = mlp !== 'gelu';
  return [
    layer('attention.qkv', nEmbd, qkvDim, [
      ['q', 0, queries],
      ['k', queries, keys],
      ['v', queries + keys, keys],
      ['qkv', 0, qkvDim],
    ]),
    layer('attention.proj', queries, nEmbd, [['o', 0, nEmbd]]),
    isGated
      ? layer('mlp.up', nEmbd, 2 * mlpDim, [
          ['gate', 0, mlpDim],
          ['up', mlpDim, mlpDim],
          ['gate-up', 0, 2 * mlpDim],
        ])
      : layer('mlp.up', nEmbd, mlpDim, [['up', 0, mlpDim]]),
    layer('mlp.down', mlpDim, nEmbd, [['down', 0, nEmbd]]),
  ];
}
