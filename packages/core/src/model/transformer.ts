/**
 * The decoder, written once: GPT-2's, and with other settings that of the models after it. What an op does
 * with its operands is not decided here: training computes tensors, decoding reads a cache, an engine may
 * record the list of ops and run it itself.
 *
 * Shape letters in this package: B batch · T new positions · S all positions seen so far ·
 * N = B * T · C nEmbd · H nHead · K nKvHead · D headDim · F mlpDim · V vocabSize. GPT-2 has K = H and
 * H * D = C.
 */
import type { ModelConfig } from '../config/model-config.js';
import { mlpOf, type MlpSettings } from '../mlp/mlp-kinds.js';
import type { MlpOps } from '../mlp/mlp-kind.js';
import type { NormSettings } from '../norm/norm-kinds.js';
import { normedInput, normedOutput } from '../norm/norm-place.js';
import { type PositionTable, withPositions } from '../positions/learned-positions.js';
import { positionsIn, type PositionSettings } from '../positions/positions.js';

/** What of its configuration decides which ops a transformer is made of. */
type Architecture = Pick<ModelConfig, 'nLayer' | 'queryKeyNorm'> &
  PositionSettings &
  Pick<NormSettings, 'normPlace'> &
  Pick<MlpSettings, 'mlp'>;

/** The name of an embedding: of the tokens or of their positions. */
export type EmbeddingName = 'tokenEmbedding' | PositionTable;

/** The ops of a transformer on operands of type `X`; parameters go by name. */
export interface TransformerOps<X> extends MlpOps<X> {
  /** Looks up rows of a table. */
  embedding(table: EmbeddingName): X;
  norm(x: X, name: string): X;
  /** The rows that a block's attention reads: its own, behind those that its kind brings along. */
  context(x: X, layer: number): X;
  /** Queries and keys of qkv normalized, `[N, (H + 2K) D]`. */
  normHeads(qkv: X, layer: number): X;
  /** Queries and keys of qkv turned by their positions, `[N, (H + 2K) D]`. */
  rotate(qkv: X, layer: number): X;
  /**
   * Attention: the weighted values of each position, `[N, H D]`.
   *
   * @param input - What queries, keys and values, `[N, (H + 2K) D]`, were made of.
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

/** Computes a block: GPT-2's is `x + attention(norm1(x))`, then `x + mlp(norm2(x))`. */
export function block<X>(
  stream: X,
  layer: number,
  architecture: Architecture,
  ops: TransformerOps<X>,
): X {
  const name = `blocks.${layer}` as const;
  const x = withPositions(stream, architecture, layer, ops);
  const input = normedInput(ops.context(x, layer), `${name}.norm1`, architecture, ops);
  const read = ops.attention(input, queriesKeysValues(input, layer, architecture, ops), layer);
  const attended = ops.linear(read, `${name}.attention.proj`); // [N, C]
  const between = ops.residual(x, normedOutput(attended, `${name}.norm1`, architecture, ops));
  const normed = normedInput(between, `${name}.norm2`, architecture, ops);
  const made = mlpOf(architecture).compute(normed, `${name}.mlp`, ops);
  return ops.residual(between, normedOutput(made, `${name}.norm2`, architecture, ops));
}

/** What attention reads, `[N, (H + 2K) D]`. */
function queriesKeysValues<X>(
  input: X,
  layer: number,
  architecture: Architecture,
  ops: TransformerOps<X>,
): X {
  const qkv = ops.linear(input, `blocks.${layer}.attention.qkv`);
  const normed = architecture.queryKeyNorm === undefined ? qkv : ops.normHeads(qkv, layer);
  return positionsIn(architecture, layer) === 'rotary' ? ops.rotate(normed, layer) : normed;
}
