/**
 * GPT-2's decoder, written once. What an op does with its operands is not decided here: training
 * computes tensors, decoding reads a cache, an engine may record the list of ops and run it itself.
 *
 * Shape letters in this package: B batch · T new positions · S all positions seen so far ·
 * N = B * T · C nEmbd · H nHead · D headDim (C / H) · F mlpDim · V vocabSize.
 */
import type { Activation } from '../ops/linear.js';

/** The ops of a transformer on operands of type `X`; parameters go by name. */
export interface TransformerOps<X> {
  /** Rows of a table: of the tokens, or of their positions. */
  embedding(table: 'tokenEmbedding' | 'positionEmbedding'): X;
  layerNorm(x: X, name: string): X;
  linear(x: X, name: string, activation?: Activation): X;
  /** What each position reads from those it may see. */
  attention(qkv: X, layer: number): X;
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
export function transformer<X>(nLayer: number, ops: TransformerOps<X>): X {
  let x = embed(ops);
  for (let layer = 0; layer < nLayer; layer++) x = block(x, layer, ops);
  return ops.layerNorm(x, 'finalNorm');
}

/** What the first block reads, `[N, C]`: tokens and their places. */
export function embed<X>(ops: TransformerOps<X>): X {
  const tokens = ops.embedding('tokenEmbedding');
  return ops.dropout(ops.add(tokens, ops.embedding('positionEmbedding')));
}

/** One pre-norm block: `x + attention(norm1(x))`, then `x + mlp(norm2(x))`. */
export function block<X>(x: X, layer: number, ops: TransformerOps<X>): X {
  const name = `blocks.${layer}`;
  const qkv = ops.linear(ops.layerNorm(x, `${name}.norm1`), `${name}.attention.qkv`); // [N, 3C]
  const read = ops.linear(ops.attention(qkv, layer), `${name}.attention.proj`); // [N, C]
  const attended = ops.residual(x, read);
  const normed = ops.layerNorm(attended, `${name}.norm2`);
  const lifted = ops.linear(normed, `${name}.mlp.up`, 'gelu'); // [N, F]
  return ops.residual(attended, ops.linear(lifted, `${name}.mlp.down`));
}
