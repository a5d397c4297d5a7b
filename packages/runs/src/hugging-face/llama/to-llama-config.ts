import type { ModelConfig } from '@ramble/core';
import { isObject, type JsonObject } from '@ramble/core/files';

import { CANNOT_EXPORT, shownWord } from '../gpt2.js';
import { FAMILIES, type Family, type FamilyName } from './families.js';
import { toHubRope } from './hub-rope.js';
import { fromLlamaConfig, honoured, shortest } from './llama-config.js';

/** A setting that a family's class would compute with another value than the model's. */
interface Difference {
  readonly setting: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/**
 * Returns the config.json with which a class of transformers computes the same as the model, and the name of the
 * class's family: the first one that supports all settings of the model.
 *
 * @throws RangeError if no family supports the model. It names a setting that the nearest family lacks.
 */
export function toLlamaConfig(model: ModelConfig): {
  readonly name: FamilyName;
  readonly json: JsonObject;
} {
  const wanted = effective(model);
  let failure: unknown;
  const tried = (Object.keys(FAMILIES) as FamilyName[]).flatMap((name) => {
    const json = writtenAs(wanted, name, FAMILIES[name]);
    try {
      return [{ name, json, differences: differencesOf(wanted, name, json) }];
    } catch (error) {
      failure ??= error; // such as rotary positions in heads of an odd width
      return [];
    }
  });
  if (tried.length === 0) throw failure;
  const nearest = tried.reduce((best, each) =>
    each.differences.length < best.differences.length ? each : best,
  );
  const [first] = nearest.differences as readonly (Difference | undefined)[];
  if (!first) return { name: nearest.name, json: nearest.json };
  throw new RangeError(
    `${first.setting}: expected ${shownWord(first.expected)}, as in Hugging Face's ${nearest.name}, got ${shownWord(first.got)}; ${CANNOT_EXPORT}`,
  );
}

function differencesOf(wanted: ModelConfig, name: FamilyName, json: JsonObject): Difference[] {
  const { hasDividedWidth, rope } = FAMILIES[name];
  const { nEmbd, nHead, headDim } = wanted;
  const read = effective(fromLlamaConfig(json, name));
  const differences = Object.keys({ ...read, ...wanted })
    .map((setting): Difference => {
      const key = setting as keyof ModelConfig; // one of its keys
      return { setting, expected: read[key], got: wanted[key] };
    })
    .filter(({ expected, got }) => !isSame(expected, got));
  if (hasDividedWidth && nEmbd % nHead !== 0) {
    differences.push({ setting: 'nHead', expected: `a divisor of nEmbd (${nEmbd})`, got: nHead });
  }
  if (headDim % 2 !== 0) {
    // transformers rejects them even if no layer rotates.
    differences.push({ setting: 'headDim', expected: 'an even number', got: headDim });
  }
  // The class derives the number of longrope factors from the width of the model.
  const usual = Math.floor(nEmbd / nHead);
  if (rope === 'longrope' && wanted.ropeScaling && headDim !== usual) {
    differences.push({ setting: 'headDim', expected: usual, got: headDim });
  }
  return differences;
}

/** Returns the settings of a model, without those that do not affect what it computes. */
function effective(model: ModelConfig): ModelConfig {
  const { nLayer, headDim, contextLength, window } = model;
  const attention = perLayer(model.attention, nLayer);
  const positions = perLayer(model.positions, nLayer);
  const seesWindow = attention.includes('window');
  let { ropeTheta, ropeWindowTheta, ropeScaling } = model;
  if (!seesWindow) ropeWindowTheta = undefined;
  if (ropeWindowTheta !== undefined && !attention.includes('causal')) {
    [ropeTheta, ropeWindowTheta, ropeScaling] = [ropeWindowTheta, undefined, undefined];
  }
  if (ropeWindowTheta === ropeTheta && !ropeScaling) ropeWindowTheta = undefined;
  if (ropeScaling?.kind === 'longrope' && contextLength > ropeScaling.original) {
    // transformers chooses by the length of the input; ramble chooses by the context length.
    ropeScaling = { ...ropeScaling, shortFactors: ropeScaling.longFactors };
  }
  return {
    ...model,
    attention: shortest(attention) as ModelConfig['attention'],
    positions: shortest(positions) as ModelConfig['positions'],
    window: seesWindow ? window : undefined,
    ropeTheta,
    ropeWindowTheta,
    ropeShare: model.ropeShare === 1 ? undefined : model.ropeShare,
    ropeScaling,
    scoreScale: model.scoreScale ?? headDim ** -0.5,
    embeddingScale: model.embeddingScale ?? 1,
  };
}

/** Whether two settings are equal, or numbers that differ only in the last digits of a double. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number') {
    return Math.abs(one - other) <= 1e-12 * Math.abs(other);
  }
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** Returns an object as a list of its entries, sorted by name. */
function sorted(value: unknown): unknown {
  return isObject(value) ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : value;
}

/** Returns the entries of a pattern, such as `window,causal`, repeated to one for each layer. */
function perLayer(pattern: string, nLayer: number): string[] {
  const names = pattern.split(',');
  return Array.from({ length: nLayer }, (_, layer) => names[layer % names.length]);
}

/** Returns the config.json of a model as a model of a family. Fields that the family's class ignores are left out. */
function writtenAs(model: ModelConfig, name: FamilyName, family: Family): JsonObject {
  const { architecture, gainsMinusOne, needsWindow, rope } = family;
  const { nLayer, bias, scoreScale = 1, window } = model;
  const windows = perLayer(model.attention, nLayer);
  const types = windows.map((kind) => (kind === 'window' ? 'sliding_attention' : 'full_attention'));
  const act = model.mlp === 'swiglu' ? 'silu' : 'gelu_pytorch_tanh';
  const json = {
    architectures: [architecture],
    model_type: name,
    vocab_size: model.vocabSize,
    hidden_size: model.nEmbd,
    intermediate_size: model.mlpDim,
    num_hidden_layers: nLayer,
    num_attention_heads: model.nHead,
    num_key_value_heads: model.nKvHead,
    head_dim: model.headDim,
    hidden_act: act,
    max_position_embeddings: model.contextLength,
    rms_norm_eps: model.normEps,
    tie_word_embeddings: model.tiedHead,
    pad_token_id: null, // the default of a class may exceed this vocabulary
    attention_bias: bias === 'all' || bias === 'attention',
    mlp_bias: bias === 'all',
    sliding_window: window ?? (needsWindow ? model.contextLength : null),
    use_sliding_window: window !== undefined,
    layer_types: types,
    no_rope_layers: perLayer(model.positions, nLayer).map((kind) => (kind === 'none' ? 0 : 1)),
    query_pre_attn_scalar: Math.max(1, Math.round(scoreScale ** -2)),
    attn_logit_softcapping: model.scoreCap ?? null,
    final_logit_softcapping: model.logitCap ?? null,
    ...toHubRope(model, rope),
  };
  return { ...honoured(json, family), ...(gainsMinusOne && { hidden_activation: act }) };
}
