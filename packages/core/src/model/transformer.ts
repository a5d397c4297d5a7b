/**
 * GPT-2's decoder, written once. What an op does with its operands is not decided here: training
 * computes tensors, decoding reads a cache, an engine may record the list of ops and run it itself.
 *
 * Shape letters in this package: B batch · T new positions · S all positions seen so far ·
 * N = B * T · C nEmbd · H nHead · D headDim (C / H) · F mlpDim · V vocabSize.
 */
import type { ModelConfig } from '../config/model-config.js';
import { mlpOf } from '../mlp/mlp-kinds.js';
import type { Activation } from '../ops/linear.js';
import { type PositionTable, withPositions } from '../positions/learned-positions.js';

/** What of its configuration decides which ops a transformer is made of. */
type Architecture = Pick<ModelConfig, 'nLayer' | 'positions'>;

/** The name of an embedding: of the tokens or of their positions. */
export type EmbeddingName = 'tokenEmbedding' | PositionTable;

/** The ops of a transformer on operands of type `X`; parameters go by name. */
export interface TransformerOps<X> {
  /** Looks up rows of a table. */
  embedding(table: EmbeddingName): X;
  norm(x: X, name: string): X;
  linear(x: X, name: string, activation?: Activation): X;
  /** The rows that a block's attention reads: its own, behind those that its kind brings along. */
  context(x: X, layer: number): X;
  /**
   * Attention: the weighted values of each position, `[N, C]`.
   *
   * @param input - What queries, keys and values, `[N, 3C]`, were made of.
   */
  attention(input: X, qkv: X, layer: number): X;
  add(x: X, y: X): X;
  /** The sum of the stream and a branch, with dropout on the branch. */
  residual(x: X, branch: X): X;
  dropout(x: X): X;
}

/**
 * Computes hidden states, `[N, C]`, from tokens, normalised and ready for the output projection.
 *
 * @see Radford et al. 2019, section 2.3, "Language Models are Unsupervised Multitask Learners"
 */
export function transformer<X>(architecture: Architecture, ops: TransformerOps<X>): X {
  return ops.norm(residualStreams(architecture, ops)[architecture.nLayer], 'finalNorm');
}

/** What the first block reads, and what each block leaves, `[N, C]`. */
export function residualStreams<X>(architecture: Architecture, ops: TransformerOps<X>): X[] {
  const all = [embed(architecture, ops)];
  for (let layer = 0; layer < architecture.nLayer; layer++) {
    all.push(block(all[layer], layer, architecture, ops));
  }
  return all;
}

/** The input of the first block, `[N, C]`: embeddings of tokens and positions. */
export function embed<X>(architecture: Architecture, ops: TransformerOps<X>): X {
  return ops.dropout(withPositions(ops.embedding('tokenEmbedding'), architecture, 'input', ops));
}

/** Computes a pre-norm block: `x + attention(norm1(x))`, then `x + mlp(norm2(x))`. */
export function block<X>(
  stream: X,
  layer: number,
  architecture: Architecture,
  ops: TransformerOps<X>,
): X {
  const name = `blocks.${layer}` as const;
  const x = withPositions(stream, architecture, layer, ops);
  const input = ops.norm(ops.context(x, layer), `${name}.norm1`);
  const qkv = ops.linear(input, `${name}.attention.qkv`); // [N, 3C]
  const read = ops.linear(ops.attention(input, qkv, layer), `${name}.attention.proj`); // [N, C]
  const attended = ops.residual(x, read);
  const normed = ops.norm(attended, `${name}.norm2`);
  return ops.residual(attended, mlpOf().compute(normed, `${name}.mlp`, ops));
}
