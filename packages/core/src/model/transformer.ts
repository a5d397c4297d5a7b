/**
 * The decoder, written once: GPT-2's, and with other settings the decoders of later models. It defines which ops
 * run and in which order, for any type of operand: training computes tensors, decoding reads a cache, and an
 * engine may record the list of ops and run it itself.
 *
 *     stream          [N, C]       embeddings of tokens and positions, with dropout
 *        |
 *        +----------+
 *        |        norm1            before the branch, after it, or both
 *        |          |
 *        |    attention.qkv        [N, (H + 2K) D]: queries, keys and values
 *        |   normHeads, rotate     of queries and keys, if the model has them
 *        |      attention          [N, H D]: a weighted mean of the values in sight
 *        |    attention.proj       [N, C]
 *        |          |
 *        +<---------+              residual: the stream plus the branch
 *        |
 *        +----------+
 *        |        norm2
 *        |          |
 *        |       mlp.up            [N, F]
 *        |    gelu or gated
 *        |      mlp.down           [N, C]
 *        |          |
 *        +<---------+
 *        |
 *     next block, in the end finalNorm
 *
 * Shape letters in this package: B batch, T new positions, S all positions seen so far, N = B * T,
 * C nEmbd, H nHead, K nKvHead, D headDim, F mlpDim, V vocabSize. GPT-2 has K = H and H * D = C.
 *
 * @see Radford et al. 2019, section 2.3, "Language Models are Unsupervised Multitask Learners"
 */
import type { MlpOps } from '../mlp/mlps.js';
import type { NormOps } from '../norm/norms.js';
import type { PositionOps } from '../positions/positions.js';
import type { Decoder, Layer } from './decoder.js';

/** The ops of a transformer on operands of type `X`. Parameters are given by name. */
export interface TransformerOps<X> extends MlpOps<X>, NormOps<X>, PositionOps<X> {
  /** The embeddings of the rows' tokens, `[N, C]`. */
  tokenEmbedding(): X;
  /** The rows that attention reads: first the rows of segment memory, then the block's own. */
  context(x: X, layer: Layer): X;
  /** Normalizes the queries and keys of qkv, `[N, (H + 2K) D]`. */
  normHeads(qkv: X, layer: Layer): X;
  /**
   * Computes attention: the weighted values of each position, `[N, H D]`.
   *
   * @param input - The rows from which `qkv`, `[N, (H + 2K) D]`, was computed.
   */
  attention(input: X, qkv: X, layer: Layer): X;
  /** Returns the sum of the stream and a branch, with dropout on the branch. */
  residual(x: X, branch: X): X;
  dropout(x: X): X;
  /**
   * Computes a block and releases the intermediate values that only the block needs. The function is absent if
   * nothing needs to be released.
   */
  readonly inBlock?: (compute: () => X) => X;
}

/** Computes hidden states, `[N, C]`, normalized for the output projection. */
export function transformer<X>(decoder: Decoder, ops: TransformerOps<X>): X {
  const { inBlock = (compute: () => X) => compute() } = ops;
  let stream = embed(decoder, ops);
  for (const layer of decoder.layers) {
    const x = stream;
    stream = inBlock(() => block(x, layer, ops));
  }
  return ops.norm(stream, 'finalNorm');
}

/** Computes the residual stream before the first block and after each block, `[N, C]`. */
export function residualStreams<X>(decoder: Decoder, ops: TransformerOps<X>): X[] {
  const streams = [embed(decoder, ops)];
  for (const layer of decoder.layers) streams.push(block(streams[layer.index], layer, ops));
  return streams;
}

/** Computes the input of the first block, `[N, C]`: embeddings of tokens and positions. */
export function embed<X>({ inputPositions }: Decoder, ops: TransformerOps<X>): X {
  return ops.dropout(inputPositions.add(ops.tokenEmbedding(), ops));
}

/** Computes a block: GPT-2's is `x + attention(norm1(x))`, then `x + mlp(norm2(x))`. */
export function block<X>(stream: X, layer: Layer, ops: TransformerOps<X>): X {
  const { name, norms, positions, mlp } = layer;
  const x = positions.add(stream, ops);
  const read = norms.before(ops.context(x, layer), `${name}.norm1`, ops);
  const attended = attend(read, layer, ops);
  const between = ops.residual(x, norms.after(attended, `${name}.norm1`, ops));
  const normed = norms.before(between, `${name}.norm2`, ops);
  const made = mlp.compute(normed, `${name}.mlp`, ops);
  return ops.residual(between, norms.after(made, `${name}.norm2`, ops));
}

/** Computes attention with its input and output projections, `[N, C]`. */
function attend<X>(input: X, layer: Layer, ops: TransformerOps<X>): X {
  const { name, positions, normsHeads } = layer;
  const qkv = ops.linear(input, `${name}.attention.qkv`);
  const normed = normsHeads ? ops.normHeads(qkv, layer) : qkv;
  const turned = positions.turn(normed, ops);
  return ops.linear(ops.attention(input, turned, layer), `${name}.attention.proj`);
}
