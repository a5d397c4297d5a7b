import { layerAttention } from '../config/layer-attention.js';
import type { ModelConfig } from '../config/model-config.js';

/** How a parameter starts: constant, or normal with mean 0. */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number };

/** One learned array. */
export interface ParameterSpec {
  /** Path in the model, `blocks.0.attention.qkv.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
}

/**
 * Every parameter of a model, in the order of the forward pass. The output projection is the token
 * embedding and adds none.
 *
 * @see openai/gpt-2 src/model.py for the initial values: 0.02, positions 0.01, and 0.02 over the
 *   root of the number of residual branches where a branch joins the stream; Music Transformer's
 *   (tensor2tensor's) for distances, `headDim^-0.5`; Glorot's for convolutions, `(K * nEmbd)^-0.5`.
 */
export function parameterSpecs(config: ModelConfig): ParameterSpec[] {
  const { vocabSize, contextLength, nLayer, nEmbd, mlpDim } = config;
  const intoStream = 0.02 / Math.sqrt(2 * nLayer);
  const positions = (block: string): ParameterSpec =>
    weight(`${block}positionEmbedding.weight`, [contextLength, nEmbd], 0.01);
  const isEveryLayer = config.positions === 'every-layer';
  const block = (layer: number): ParameterSpec[] => [
    ...(isEveryLayer ? [positions(`blocks.${layer}.`)] : []),
    ...norm(`blocks.${layer}.norm1`, nEmbd),
    ...linear(`blocks.${layer}.attention.qkv`, nEmbd, 3 * nEmbd, 0.02),
    ...distances(config, layer),
    ...sinusoids(config, layer),
    ...convolutions(config, layer),
    ...linear(`blocks.${layer}.attention.proj`, nEmbd, nEmbd, intoStream),
    ...norm(`blocks.${layer}.norm2`, nEmbd),
    ...linear(`blocks.${layer}.mlp.up`, nEmbd, mlpDim, 0.02),
    ...linear(`blocks.${layer}.mlp.down`, mlpDim, nEmbd, intoStream),
  ];
  return [
    weight('tokenEmbedding.weight', [vocabSize, nEmbd], 0.02),
    ...(config.positions === 'input' ? [positions('')] : []),
    ...Array.from({ length: nLayer }, (_, layer) => block(layer)).flat(),
    ...norm('finalNorm', nEmbd),
  ];
}

/** Number of entries of an array of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** A layer's table of distances, if it has one. */
function distances(config: ModelConfig, layer: number): ParameterSpec[] {
  const table = layerAttention(config, layer).distances;
  const headDim = config.nEmbd / config.nHead;
  return table ? [weight(table.name, [config.nHead * table.rows, headDim], headDim ** -0.5)] : [];
}

/** What a layer of Transformer-XL learns of distances. */
function sinusoids(config: ModelConfig, layer: number): ParameterSpec[] {
  const names = layerAttention(config, layer).sinusoids;
  if (!names) return [];
  const { nEmbd } = config;
  return [
    ...linear(names.distance, nEmbd, nEmbd, 0.02),
    constant(`${names.content}.bias`, nEmbd, 0),
  ];
}

/** The kernels by which a layer compresses what it attends to, if it does: `[K * C, C]`. */
function convolutions(config: ModelConfig, layer: number): ParameterSpec[] {
  const { compression } = layerAttention(config, layer);
  if (!compression) return [];
  const inDim = compression.groupLength * config.nEmbd;
  return CONVOLUTIONS[compression.of].flatMap((name) =>
    linear(`blocks.${layer}.attention.${name}`, inDim, config.nEmbd, inDim ** -0.5),
  );
}

const CONVOLUTIONS = {
  keyValue: ['compressKeys', 'compressValues'],
  input: ['compress'],
} as const;

function norm(name: string, width: number): ParameterSpec[] {
  return [constant(`${name}.gain`, width, 1), constant(`${name}.bias`, width, 0)];
}

function linear(name: string, inDim: number, outDim: number, deviation: number): ParameterSpec[] {
  return [
    weight(`${name}.weight`, [inDim, outDim], deviation),
    constant(`${name}.bias`, outDim, 0),
  ];
}

function weight(name: string, shape: readonly number[], deviation: number): ParameterSpec {
  return { name, shape, initializer: { kind: 'normal', deviation } };
}

function constant(name: string, length: number, value: number): ParameterSpec {
  return { name, shape: [length], initializer: { kind: 'constant', value } };
}
