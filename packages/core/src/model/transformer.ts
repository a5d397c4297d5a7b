/**
 * GPT-2's decoder, written once. What an op does with its operands is not decided here: training
 * computes tensors, decoding reads a cache, an engine may record the list of ops and run it itself.
 *
 * Shape letters in this package: B batch · T new positions · S all positions seen so far ·
 * N = B * T · C nEmbd · H nHead · D headDim (C / H) · F mlpDim · V vocabSize.
 */
import { type AttentionSettings, layerAttention } from '../config/layer-attention.js';
import type { ModelConfig } from '../config/model-config.js';
import type { Activation } from '../ops/linear.js';

/** What of its configuration decides which ops a transformer is made of. */
type Architecture = Pick<ModelConfig, 'nLayer' | 'positions'> & AttentionSettings;

/** A table of the tokens, or of their positions. */
export type EmbeddingName =
  'tokenEmbedding' | 'positionEmbedding' | `blocks.${number}.positionEmbedding`;

/** Keys and values of groups of positions, which compressed attention reads. */
export interface GroupMemory<X> {
  /** Positions of a group, K. */
  readonly groupLength: number;
  /** `[groups, C]`; or both the same, `[groups, 3C]`, laid out as qkv. */
  readonly keys: X;
  readonly values: X;
}

/** What is grouped: the input of attention, `[N, C]`, or the keys or values in qkv, `[N, 3C]`. */
export type Grouped = 'input' | 'keys' | 'values';

/** The ops of a transformer on operands of type `X`; parameters go by name. */
export interface TransformerOps<X> {
  /** Rows of a table. */
  embedding(table: EmbeddingName): X;
  layerNorm(x: X, name: string): X;
  linear(x: X, name: string, activation?: Activation): X;
  /** What a block attends to: its own rows, behind those that it remembers of earlier segments. */
  recall(x: X, layer: number): X;
  /** K positions side by side, `[groups, K * C]`. */
  groups(x: X, part: Grouped, groupLength: number, layer: number): X;
  /** What each position reads from those it may see, or from a memory. */
  attention(qkv: X, layer: number, memory?: GroupMemory<X>): X;
  add(x: X, y: X): X;
  /** The sum of the stream and a branch, with dropout on the branch. */
  residual(x: X, branch: X): X;
  dropout(x: X): X;
}

/**
 * From tokens to hidden states, `[N, C]`, normalised and ready for the output projection.
 *
 * @see Radford et al. 2019, section 2.3, "Language Models are Unsupervised Multitask Learners"
 */
export function transformer<X>(architecture: Architecture, ops: TransformerOps<X>): X {
  return ops.layerNorm(streams(architecture, ops)[architecture.nLayer], 'finalNorm');
}

/** What the first block reads, and what each block leaves, `[N, C]`. */
export function streams<X>(architecture: Architecture, ops: TransformerOps<X>): X[] {
  const all = [embed(architecture, ops)];
  for (let layer = 0; layer < architecture.nLayer; layer++) {
    all.push(block(all[layer], layer, architecture, ops));
  }
  return all;
}

/** What the first block reads, `[N, C]`: tokens and their places. */
export function embed<X>({ positions }: Architecture, ops: TransformerOps<X>): X {
  const tokens = ops.embedding('tokenEmbedding');
  const isPlaced = positions === 'input';
  return ops.dropout(isPlaced ? ops.add(tokens, ops.embedding('positionEmbedding')) : tokens);
}

/** One pre-norm block: `x + attention(norm1(x))`, then `x + mlp(norm2(x))`. */
export function block<X>(
  stream: X,
  layer: number,
  architecture: Architecture,
  ops: TransformerOps<X>,
): X {
  const name = `blocks.${layer}` as const;
  const x =
    architecture.positions === 'every-layer'
      ? ops.add(stream, ops.embedding(`${name}.positionEmbedding`))
      : stream;
  const input = ops.layerNorm(ops.recall(x, layer), `${name}.norm1`);
  const qkv = ops.linear(input, `${name}.attention.qkv`); // [N, 3C]
  const memory = compress(input, qkv, layer, architecture, ops);
  const read = ops.linear(ops.attention(qkv, layer, memory), `${name}.attention.proj`); // [N, C]
  const attended = ops.residual(x, read);
  const normed = ops.layerNorm(attended, `${name}.norm2`);
  const lifted = ops.linear(normed, `${name}.mlp.up`, 'gelu'); // [N, F]
  return ops.residual(attended, ops.linear(lifted, `${name}.mlp.down`));
}

/**
 * What compressed attention reads, where a layer has it: keys and values convolved as the paper has
 * it, or made of their input convolved, as tensor2tensor does.
 *
 * @see Liu et al. 2018, section 4.2.4, https://arxiv.org/abs/1801.10198
 */
function compress<X>(
  input: X,
  qkv: X,
  layer: number,
  architecture: Architecture,
  ops: TransformerOps<X>,
): GroupMemory<X> | undefined {
  const { compression } = layerAttention(architecture, layer);
  if (!compression) return undefined;
  const { groupLength, of } = compression;
  const name = `blocks.${layer}.attention`;
  if (of === 'input') {
    const groups = ops.linear(ops.groups(input, 'input', groupLength, layer), `${name}.compress`); // [groups, C]
    const both = ops.linear(groups, `${name}.qkv`); // [groups, 3C]
    return { groupLength, keys: both, values: both };
  }
  return {
    groupLength,
    keys: ops.linear(ops.groups(qkv, 'keys', groupLength, layer), `${name}.compressKeys`),
    values: ops.linear(ops.groups(qkv, 'values', groupLength, layer), `${name}.compressValues`),
  };
}
