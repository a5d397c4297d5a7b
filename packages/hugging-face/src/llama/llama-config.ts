import { checkSettings, modelConfig, type ModelConfig } from '@ramble/core';
import { type JsonObject, shownValue } from '@ramble/core/files';

import { FAMILIES, type Family, type FamilyName } from './families.js';
import { HUB_CONFIG, type HubConfig } from './hub-config.js';
import { fromHubRope, toHubRope } from './hub-rope.js';

/**
 * Reads the model's settings from a config.json of the Llama family. A field that is missing or null is what
 * the family's class takes it for.
 *
 * @throws TypeError or RangeError that names the field.
 */
export function fromLlamaConfig(json: JsonObject, name: FamilyName): ModelConfig {
  const family: Family = FAMILIES[name];
  const given = Object.fromEntries(
    Object.keys(HUB_CONFIG).map((field) => [field, json[field] ?? undefined]),
  );
  const config = checkSettings(HUB_CONFIG, {
    ...family.defaults,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...absentWindow(json, family),
    ...(json.hidden_activation !== undefined && { hidden_act: json.hidden_activation }),
  });
  const { num_hidden_layers: nLayer, num_attention_heads: nHead } = config;
  const layers = Array.from({ length: nLayer }, (_, layer) => layer);
  const windows = windowsOf(json, config, family, layers);
  const hasWindow = windows.includes('window');
  const rotates = rotatesOf(json, config, family, layers);
  const rope = fromHubRope(json, {
    ...family.theta,
    maxPositions: config.max_position_embeddings,
  });
  return modelConfig({
    vocabSize: config.vocab_size,
    contextLength: config.max_position_embeddings,
    nLayer,
    nHead,
    nKvHead: config.num_key_value_heads ?? nHead,
    headDim: config.head_dim,
    nEmbd: config.hidden_size,
    mlpDim: config.intermediate_size,
    mlp: gateOf(config, family),
    norm: 'rms',
    normEps: config.rms_norm_eps,
    bias: biasOf(config),
    tiedHead: config.tie_word_embeddings,
    attention: shortest(windows) as ModelConfig['attention'], // of its names
    window: hasWindow ? config.sliding_window : undefined,
    positions: shortest(rotates) as ModelConfig['positions'], // of its names
    ...(rotates.includes('rotary') && {
      ...rope,
      ...(!hasWindow && { ropeWindowTheta: undefined }),
    }),
    logitCap: config.final_logit_softcapping,
    ...family.words?.(config),
  });
}

/** A window that the file says it lacks: null is not missing. */
function absentWindow(json: JsonObject, { defaults }: Family): Partial<HubConfig> {
  const absent = ['sliding_window', 'attn_logit_softcapping', 'final_logit_softcapping'] as const;
  return Object.fromEntries(
    absent
      .filter((name) => name in defaults && json[name] === null)
      .map((name) => [name, undefined]),
  );
}

function gateOf({ hidden_act: act }: HubConfig, { gainsMinusOne }: Family): ModelConfig['mlp'] {
  if (act === 'silu') return 'swiglu';
  // In old files of Gemma, gelu means the form by tanh; elsewhere it is the exact one.
  if (act !== 'gelu' || gainsMinusOne) return 'geglu';
  throw new RangeError(`hidden_act: expected silu or gelu_pytorch_tanh, got "${act}"`);
}

function biasOf({ attention_bias: attention, mlp_bias: mlp }: HubConfig): ModelConfig['bias'] {
  if (mlp && !attention) {
    throw new RangeError('mlp_bias: expected false without attention_bias, got true');
  }
  if (attention) return mlp ? 'all' : 'attention';
  return 'none';
}

/** The attention of each layer. */
function windowsOf(
  json: JsonObject,
  config: HubConfig,
  family: Family,
  layers: readonly number[],
): ('causal' | 'window')[] {
  if (config.sliding_window === undefined) return layers.map(() => 'causal');
  const types = listOf('layer_types', json.layer_types, layers.length);
  return layers.map((layer) => {
    if (!types) return family.window?.(config, layer) ? 'window' : 'causal';
    const type = types[layer];
    if (type === 'full_attention') return 'causal';
    if (type === 'sliding_attention') return 'window';
    throw new RangeError(
      `layer_types: expected full_attention or sliding_attention, got ${shownValue(type)}`,
    );
  });
}

function rotatesOf(
  json: JsonObject,
  config: HubConfig,
  family: Family,
  layers: readonly number[],
): ('rotary' | 'none')[] {
  const { rotates } = family;
  if (!rotates) return layers.map(() => 'rotary');
  // The name says the opposite: 1 stands for a layer with positions.
  const flags = listOf('no_rope_layers', json.no_rope_layers, layers.length);
  return layers.map((layer) =>
    (flags ? flags[layer] === 1 : rotates(config, layer)) ? 'rotary' : 'none',
  );
}

function listOf(name: string, value: unknown, length: number): unknown[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.length === length) return value as unknown[];
  throw new TypeError(
    `${name}: expected a list of ${length}, one for each layer, got ${shownValue(value)}`,
  );
}

/** The shortest pattern that gives these names when it is repeated. */
function shortest(names: readonly string[]): string {
  for (let length = 1; length < names.length; length++) {
    if (names.every((name, i) => name === names[i % length])) {
      return names.slice(0, length).join();
    }
  }
  return names.join();
}

/**
 * The config.json with which Hugging Face computes the same, and its family: the first whose reader makes
 * the same model of what is written.
 *
 * @returns `undefined` for a model that is of none of the families.
 */
export function toLlamaConfig(
  model: ModelConfig,
): { readonly name: FamilyName; readonly json: JsonObject } | undefined {
  const wanted = JSON.stringify(sorted(model));
  for (const [name, family] of Object.entries(FAMILIES) as [FamilyName, Family][]) {
    const json = writtenAs(model, name, family);
    try {
      if (JSON.stringify(sorted(fromLlamaConfig(json, name))) === wanted) return { name, json };
    } catch {
      // A family that cannot have such settings is not the one.
    }
  }
  return undefined;
}

function sorted(config: ModelConfig): unknown {
  return Object.entries(config)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function writtenAs(model: ModelConfig, name: FamilyName, family: Family): JsonObject {
  const { architecture, defaults, gainsMinusOne } = family;
  const { nLayer, attention, positions, bias, scoreScale } = model;
  const names = (pattern: string): string[] => {
    const list = pattern.split(',');
    return Array.from({ length: nLayer }, (_, layer) => list[layer % list.length]);
  };
  const windows = names(attention);
  const hasWindow = windows.includes('window');
  const types = windows.map((kind) => (kind === 'window' ? 'sliding_attention' : 'full_attention'));
  const rotates = names(positions).map((kind) => (kind === 'none' ? 0 : 1));
  const act = model.mlp === 'swiglu' ? 'silu' : 'gelu_pytorch_tanh';
  return {
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
    ...(gainsMinusOne && { hidden_activation: act }), // Gemma's own name for it
    max_position_embeddings: model.contextLength,
    rms_norm_eps: model.normEps,
    tie_word_embeddings: model.tiedHead,
    attention_bias: bias === 'all' || bias === 'attention',
    mlp_bias: bias === 'all',
    ...withNulls({ sliding_window: model.window }, defaults),
    ...(hasWindow && { use_sliding_window: true }),
    ...(hasWindow && windows.includes('causal') && { layer_types: types }),
    ...(rotates.includes(0) && { no_rope_layers: rotates }),
    ...(scoreScale !== undefined && { query_pre_attn_scalar: scoreScale ** -2 }),
    ...withNulls(
      { attn_logit_softcapping: model.scoreCap, final_logit_softcapping: model.logitCap },
      defaults,
    ),
    ...toHubRope(model),
  };
}

/** Fields that have a value, and null for those that are missing though the family's class has one. */
function withNulls(fields: JsonObject, defaults: Family['defaults']): JsonObject {
  const written = Object.entries(fields).filter(
    ([name, value]) => value !== undefined || name in defaults,
  );
  return Object.fromEntries(written.map(([name, value]) => [name, value ?? null] as const));
}
