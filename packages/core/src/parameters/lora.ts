/**
 * Low-rank adapters (LoRA): a linear layer `x W` becomes `x W + (alpha / rank) (x A) B`, with A `[in, rank]` and
 * B `[rank, out]`. Only A and B are trained, and the model
 * stays unchanged.
 *
 * @see Hu et al. 2021, section 4, https://arxiv.org/abs/2106.09685
 */

import { COUNT, FRACTION_BELOW_1, NOT_NEGATIVE, type SettingTable } from '../settings/settings.js';
import { type ParameterSpec, weight } from './parameter.js';

/** Linear layers of a block, or parts of their outputs, that can have adapters. */
const TARGETS = ['q', 'k', 'v', 'o', 'gate', 'up', 'down', 'qkv', 'gate-up'] as const;
/** Groups of targets: all linear layers, attention's layers, or the layers of the MLP. */
const GROUPS = {
  all: ['q', 'k', 'v', 'o', 'gate', 'up', 'down'],
  attention: ['q', 'k', 'v', 'o'],
  mlp: ['gate', 'up', 'down'],
} as const satisfies Record<string, readonly LoraTarget[]>;

export type LoraTarget = (typeof TARGETS)[number];
type TargetName = LoraTarget | keyof typeof GROUPS;
/** Names of targets and groups, with commas between them. */
type TargetPattern = TargetName | `${TargetName},${string}`;

/** The settings of adapters. */
export interface LoraSettings {
  /** Number of columns of A; 0 for a training without adapters. */
  readonly loraRank: number;
  /** The product of the adapters is multiplied by `loraAlpha / loraRank`. */
  readonly loraAlpha: number;
  readonly loraTargets: TargetPattern;
  /** Dropout of the inputs of adapters, in training. */
  readonly loraDropout: number;
}

/** Table of the settings of adapters. */
export const LORA_SETTINGS: SettingTable<LoraSettings> = {
  loraRank: {
    ...COUNT,
    max: 2 ** 12,
    default: 0,
    isLater: true,
    basic: true,
    description:
      'Rank of LoRA adapters, which are trained in place of the model; 0 trains the model itself.',
  },
  loraAlpha: {
    ...NOT_NEGATIVE,
    default: 32,
    isLater: true,
    description: 'Numerator of the scale of LoRA adapters, whose denominator is the rank.',
  },
  loraTargets: {
    kind: 'choice',
    choices: [...(Object.keys(GROUPS) as (keyof typeof GROUPS)[]), ...TARGETS], // their own names
    isPattern: true,
    default: 'all',
    isLater: true,
    description:
      'Linear layers with LoRA adapters: groups of layers, or single ones as their projections are named.',
  },
  loraDropout: {
    ...FRACTION_BELOW_1,
    default: 0,
    isLater: true,
    description: 'Dropout of the inputs of LoRA adapters.',
  },
};

/** The sizes of a model on which the shapes of its adapters depend, as in `ModelConfig`. */
export interface LoraBase {
  readonly nLayer: number;
  readonly nEmbd: number;
  readonly nHead: number;
  readonly nKvHead: number;
  readonly headDim: number;
  readonly mlp: string;
  readonly mlpDim: number;
}

/** Columns of a layer's output to which one pair of matrices A and B adds. */
export interface LoraPart {
  readonly target: LoraTarget;
  readonly from: number;
  readonly width: number;
}

/**
 * The adapter of one linear layer. Its parts share a product: A has the columns of all parts side by side, and B, `[parts
 * * rank, out]`, is 0 except where the rows and the columns belong to the same part.
 */
export interface LoraLayer {
  /** Prefix of the names of the layer's parameters: `blocks.0.attention.qkv`. */
  readonly name: string;
  readonly block: number;
  readonly inDim: number;
  readonly outDim: number;
  readonly parts: readonly LoraPart[];
}

/** The adapters of a model, compiled once from the settings. */
export interface Lora {
  readonly settings: LoraSettings;
  /** Factor of the product of A and B. */
  readonly scale: number;
  readonly layers: ReadonlyMap<string, LoraLayer>;
  /** The parameters of all adapters, in the order of the forward pass. */
  readonly specs: readonly ParameterSpec[];
}

/**
 * Compiles the adapters of a model.
 *
 * @returns `undefined` if the rank is 0.
 * @throws RangeError if the model has none of the targets.
 */
export function loraOf(config: LoraBase, settings: LoraSettings): Lora | undefined {
  const { loraRank: rank, loraAlpha, loraTargets } = settings;
  if (rank === 0) return undefined;
  const targets = targetsOf(loraTargets);
  const layers = Array.from({ length: config.nLayer }, (_, block) =>
    layersOf(config, block)
      .map((layer) => ({ ...layer, parts: chosenParts(layer, targets) }))
      .filter(({ parts }) => parts.length > 0),
  ).flat();
  if (layers.length === 0) {
    throw new RangeError(
      `loraTargets: expected layers that the model has, got ${loraTargets}; all names all of them`,
    );
  }
  return {
    settings,
    scale: loraAlpha / rank,
    layers: new Map(layers.map((layer) => [layer.name, layer])),
    specs: layers.flatMap((layer) => specsOf(layer, rank)),
  };
}

/** Returns the targets that a setting names. */
function targetsOf(names: TargetPattern): ReadonlySet<LoraTarget> {
  const targets = new Set<LoraTarget>();
  for (const name of names.split(',')) {
    const members: readonly string[] =
      name in GROUPS ? GROUPS[name as keyof typeof GROUPS] : [name];
    for (const member of members) targets.add(member as LoraTarget); // by the setting's check
  }
  return targets;
}

/** Returns the parts of a layer that are targets, or only the whole of it if that is a target. */
function chosenParts(
  { parts, outDim }: LoraLayer,
  targets: ReadonlySet<LoraTarget>,
): readonly LoraPart[] {
  const chosen = parts.filter(({ target }) => targets.has(target));
  const whole = chosen.find(({ width }) => width === outDim);
  return whole ? [whole] : chosen;
}

/** Returns the linear layers of a block with all parts that they can have, also those that overlap. */
function layersOf(
  { nEmbd, nHead, nKvHead, headDim, mlp, mlpDim }: LoraBase,
  block: number,
): LoraLayer[] {
  const [queries, keys] = [nHead * headDim, nKvHead * headDim];
  const layer = (
    own: string,
    inDim: number,
    outDim: number,
    parts: readonly (readonly [LoraTarget, number, number])[],
  ): LoraLayer => ({
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

/**
 * Returns A and B of a layer. A has the variance of PyTorch's default for linear layers, as in PEFT; B is 0, so that a
 * new adapter changes nothing.
 */
function specsOf({ name, block, inDim, outDim, parts }: LoraLayer, rank: number): ParameterSpec[] {
  const columns = parts.length * rank;
  return [
    { ...weight(`${name}.lora.down.weight`, [inDim, columns], 1 / Math.sqrt(3 * inDim)), block },
    {
      name: `${name}.lora.up.weight`,
      shape: [columns, outDim],
      initializer: { kind: 'constant', value: 0 },
      block,
    },
  ];
}
