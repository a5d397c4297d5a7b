import type { TokenPrompt } from '../domain/domain.js';
import { outputName } from '../model/model-parameters.js';
import type { Model } from '../model/model.js';
import { checkMeasure, type LogitMeasure } from './circuit-matrices.js';
import { recordPrompt } from './interventions.js';

/** Contributions of the parts of a model to one logit, or to a difference of two logits; they add up to `total`. */
export interface LogitAttribution {
  /**
   * Contribution of the last token's embedding, plus the vector of its position if positions are added to the stream.
   */
  readonly embedding: number;
  /** Contribution of each head, without the bias of the output projection of attention, `heads[layer][head]`. */
  readonly heads: readonly (readonly number[])[];
  /**
   * Contribution of the biases of the output projection of attention and of the norm after it,
   * `attentionBias[layer]`.
   */
  readonly attentionBias: readonly number[];
  /** Contribution of each MLP with its biases, `mlp[layer]`. */
  readonly mlp: readonly number[];
  /** Contribution of the bias of the final norm. */
  readonly finalBias: number;
  /** The sum of all contributions: the logit, or the difference, before a cap of logits (`logitCap`). */
  readonly total: number;
}

/**
 * Attributes the logit of a token after a prompt to the parts that wrote to the residual stream (direct logit
 * attribution). The scale of the final norm is held at its value for the whole stream, so that the norm is linear.
 * Each part's contribution is then the dot product of the part's output with one vector. With norms after branches
 * (`normPlace` `after` or `around`), the scale of each such norm is held in the same way.
 *
 * @throws RangeError for a token that is not in the vocabulary, for positions that are added in every block, and in
 *   the same cases as `editablePrompt`.
 * @see Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits"
 */
export function attributeLogit(
  model: Model,
  prompt: TokenPrompt,
  measure: LogitMeasure,
): LogitAttribution {
  const { config, decoder, parameters } = model;
  const { nLayer, nHead, headDim, nEmbd: C } = config;
  checkMeasure(config.vocabSize, measure);
  if (decoder.layers.some(({ positions }) => positions.parameters.length > 0)) {
    throw new RangeError(
      `positions: expected positions that are not added in every block, got ${config.positions}`,
    );
  }
  const last = recordPrompt(model, prompt, (values, width) => values.slice(-width));
  const row = (part: string, layer: number): Float32Array => last.get(`${part}.${layer}`) ?? EMPTY;
  const read = (name: string): Float32Array | undefined =>
    parameters.specs.some((spec) => spec.name === name) ||
    parameters.base?.specs.some((spec) => spec.name === name)
      ? parameters.read(name)
      : undefined;
  const direction = directionOf(read(outputName(config)) ?? EMPTY, C, measure);
  const final = frozenNorm(config, direction, {
    input: row('stream', nLayer),
    gain: read('finalNorm.gain'),
    bias: read('finalNorm.bias'),
  });
  const [heads, attentionBias, mlp]: [number[][], number[], number[]] = [[], [], []];
  for (const { index, name } of decoder.layers) {
    const weights = read(`${name}.attention.proj.weight`) ?? EMPTY; // [H D, C]
    const bias = read(`${name}.attention.proj.bias`);
    const after = afterNorm(model, name, final.direction, () =>
      projected(row('heads', index), weights, bias, C),
    );
    const z = row('heads', index);
    const byColumn = Float64Array.from(
      z,
      (each, i) => each * dot(weights.subarray(i * C, (i + 1) * C), after.direction),
    );
    heads.push(
      Array.from({ length: nHead }, (_, head) =>
        sum(byColumn.subarray(head * headDim, (head + 1) * headDim)),
      ),
    );
    attentionBias.push((bias ? dot(bias, after.direction) : 0) + after.bias);
    mlp.push(dot(row('mlp', index), final.direction));
  }
  const embedding = dot(row('stream', 0), final.direction);
  const total = embedding + sum(heads.flat()) + sum(attentionBias) + sum(mlp) + final.bias;
  return { embedding, heads, attentionBias, mlp, finalBias: final.bias, total };
}

const EMPTY = new Float32Array();

/**
 * A norm with its scale held constant, so that it is linear. The dot product of `direction` with a part of the norm's
 * input is the contribution of this part.
 */
interface FrozenNorm {
  readonly direction: Float64Array;
  /** Contribution of the norm's bias. */
  readonly bias: number;
}

/** Returns the norm after attention with its scale held; without such a norm, the direction itself. */
function afterNorm(
  { config, parameters }: Model,
  name: string,
  direction: Float64Array,
  input: () => Float64Array,
): FrozenNorm {
  if (config.normPlace === 'before') return { direction, bias: 0 };
  const norm = `${name}.norm1Out`;
  return frozenNorm(config, direction, {
    input: input(),
    gain: parameters.read(`${norm}.gain`),
    bias: config.norm === 'layer' ? parameters.read(`${norm}.bias`) : undefined,
  });
}

/** Holds the scale of a norm at its value for an input, `[C]`. */
function frozenNorm(
  { norm, normEps }: Model['config'],
  direction: ArrayLike<number>,
  {
    input,
    gain,
    bias,
  }: {
    readonly input: ArrayLike<number>;
    readonly gain: Float32Array | undefined;
    readonly bias: Float32Array | undefined;
  },
): FrozenNorm {
  const values = Float64Array.from(input);
  const mean = norm === 'layer' ? sum(values) / values.length : 0;
  const square = values.reduce((total, x) => total + (x - mean) ** 2, 0) / values.length;
  const scale = 1 / Math.sqrt(square + normEps);
  const scaled = Float64Array.from(direction, (x, i) => x * scale * (gain?.[i] ?? 1));
  const shift = norm === 'layer' ? sum(scaled) / scaled.length : 0; // the norm subtracts each part's mean
  return {
    direction: scaled.map((x) => x - shift),
    bias: bias ? dot(bias, direction) : 0,
  };
}

/** Returns the row of the output projection for `answer`, minus the row for `other` if it is given. */
function directionOf(rows: Float32Array, C: number, { answer, other }: LogitMeasure): Float64Array {
  return Float64Array.from({ length: C }, (_, i) => {
    return rows[answer * C + i] - (other === undefined ? 0 : rows[other * C + i]);
  });
}

/** Returns `x W + bias`, for a row. */
function projected(
  x: Float32Array,
  weights: Float32Array,
  bias: Float32Array | undefined,
  C: number,
): Float64Array {
  const row = Float64Array.from({ length: C }, (_, i) => bias?.[i] ?? 0);
  x.forEach((value, i) => {
    for (let j = 0; j < C; j++) row[j] += value * weights[i * C + j];
  });
  return row;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
