import type { TokenPrompt } from '../domain/domain.js';
import { forwardOps, outputProjection } from '../model/forward.js';
import type { Model } from '../model/model.js';
import type { ParameterTensors } from '../model/tensor-ops.js';
import { checkIds } from '../parameters/parameter.js';
import * as tf from '@tensorflow/tfjs-core';

import { promptBatch } from './cache-growth.js';
import { recordSites } from './edited-pass.js';

/** Parts of a logit, or of the difference of two logits, after the last token of a prompt. Their sum is `logit`. */
export interface LogitAttribution {
  /** The logit, or the difference, before a cap of the logits. */
  readonly logit: number;
  /** Part of the embeddings of the last token and its position. */
  readonly embedding: number;
  /** Part of each head, without the bias of the projection, `heads[layer][head]`. */
  readonly heads: readonly Float32Array[];
  /** Part of each MLP, `mlps[layer]`. */
  readonly mlps: Float32Array;
  /** Part of the biases of attention and of the final norm, and of positions that blocks add. */
  readonly rest: number;
}

/**
 * Direct logit attribution: each part of the model adds a vector to the residual stream, and the final norm, with its
 * scale held fixed, and the output projection are linear. So a logit is a sum with one term for each part.
 *
 * @param token - Token whose logit is explained.
 * @param other - If given, the difference to this token's logit is explained instead.
 * @throws RangeError for a token that is not in the vocabulary; for a model with norms after its branches, whose parts
 *   are not added to the stream as they are; as `editedLogits`.
 * @see Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits"
 */
export function attributeLogit(
  model: Model,
  prompt: TokenPrompt,
  token: number,
  other?: number,
): LogitAttribution {
  const { config, decoder, parameters: store } = model;
  const { nLayer, nHead, nEmbd: C, normPlace, vocabSize } = config;
  checkIds('token', [token], vocabSize);
  if (other !== undefined) checkIds('other', [other], vocabSize);
  if (normPlace !== 'before') {
    throw new RangeError(
      `normPlace: expected before, got ${normPlace}; a norm after a branch rescales what the branch adds`,
    );
  }
  const sites = recordSites(model, prompt);
  const lastRow = (values: Float32Array, width: number): Float32Array => values.slice(-width);
  const output = lastRow(sites.at('stream', nLayer), C);
  return tf.tidy(() => {
    const parameters = store.tensors();
    const ops = forwardOps(decoder, parameters, promptBatch(config, prompt));
    const rowOf = (id: number): Float32Array =>
      tf.slice(outputProjection(config, parameters), [id, 0], [1, C]).dataSync<'float32'>().slice();
    const row = rowOf(token);
    const otherRow = other === undefined ? undefined : rowOf(other);
    const direction = row.map((x, i) => x - (otherRow?.[i] ?? 0));
    const { linear, constant } = frozenNorm(config, parameters, output, direction);
    const heads = decoder.layers.map(({ index, name }) => {
      const width = sites.at('heads', index).length / prompt.tokens.length;
      const merged = lastRow(sites.at('heads', index), width);
      const columns = width / nHead;
      // One row with the output of each head alone, and one of zeros, for the bias.
      const rows = new Float32Array((nHead + 1) * width);
      for (let head = 0; head < nHead; head++) {
        const own = merged.subarray(head * columns, (head + 1) * columns);
        rows.set(own, head * (width + columns));
      }
      const added = ops.linear(tf.tensor2d(rows, [nHead + 1, width]), `${name}.attention.proj`);
      const values = added.dataSync<'float32'>();
      const partOf = (i: number): number => dot(values.subarray(i * C, (i + 1) * C), linear);
      const bias = partOf(nHead);
      return Float32Array.from({ length: nHead }, (_, head) => partOf(head) - bias);
    });
    const embedding = dot(lastRow(sites.at('stream', 0), C), linear);
    const mlps = Float32Array.from({ length: nLayer }, (_, layer) =>
      dot(lastRow(sites.at('mlp', layer), C), linear),
    );
    const logit = dot(output, linear) + constant;
    const known = [embedding, ...mlps, ...heads.flatMap((layer) => Array.from(layer))];
    return { logit, embedding, heads, mlps, rest: known.reduce((rest, x) => rest - x, logit) };
  });
}

/** Returns the final norm and a direction of the output as one linear function: `x · linear + constant`. */
function frozenNorm(
  { norm, normEps }: Model['config'],
  parameters: ParameterTensors,
  output: Float32Array,
  direction: Float32Array,
): { readonly linear: Float32Array; readonly constant: number } {
  const read = (name: string): Float32Array | undefined =>
    (parameters[name] as tf.Tensor | undefined)?.dataSync<'float32'>();
  const gain = read('finalNorm.gain');
  const centre = norm === 'layer' ? mean(output) : 0;
  const scale = Math.sqrt(mean(output.map((x) => (x - centre) ** 2)) + normEps);
  const scaled = direction.map((x, i) => (x * (gain?.[i] ?? 1)) / scale);
  // The mean of x is subtracted before the product, which equals subtracting the mean of the direction.
  const shift = norm === 'layer' ? mean(scaled) : 0;
  const bias = read('finalNorm.bias');
  return { linear: scaled.map((x) => x - shift), constant: bias ? dot(bias, direction) : 0 };
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i], 0);
}

function mean(values: Float32Array): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}
