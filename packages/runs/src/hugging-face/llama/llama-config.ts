import { checkSettings, modelConfig, type ModelConfig } from '@ramble/core';
import { type JsonObject, shownValue } from '@ramble/core/files';

import { FAMILIES, type Family, type FamilyName, OWN_FIELDS } from './families.js';
import { HUB_CONFIG, type HubConfig } from './hub-config.js';
import { fromHubRope } from './hub-rope.js';

/**
 * Reads the model's settings from a config.json of the Llama family. A field that is missing or null has the
 * default of the family's class.
 *
 * @throws TypeError or RangeError that names the field.
 */
export function fromLlamaConfig(given: JsonObject, name: FamilyName): ModelConfig {
  const family: Family = FAMILIES[name];
  const json = honoured(given, family);
  const fields = Object.keys(HUB_CONFIG)
    .map((field) => [field, json[field] ?? undefined] as const)
    .filter(([, value]) => value !== undefined);
  const config = checkSettings(HUB_CONFIG, {
    ...family.defaults,
    ...Object.fromEntries(fields),
    ...absentFields(json, family),
    ...activationOf(json, family),
  });
  const { num_hidden_layers: nLayer, num_attention_heads: nHead } = config;
  const layers = Array.from({ length: nLayer }, (_, layer) => layer);
  const rotates = rotatesOf(json, config, family, layers);
  const windows = windowsOf(json, config, family, rotates);
  const hasWindow = windows.includes('window');
  const rope = fromHubRope(json, {
    ...family.theta,
    rope: family.rope,
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
    attention: shortest(windows) as ModelConfig['attention'],
    window: hasWindow ? config.sliding_window : undefined,
    positions: shortest(rotates) as ModelConfig['positions'],
    ...(rotates.includes('rotary') && {
      ...rope,
      ...(!hasWindow && { ropeWindowTheta: undefined }),
    }),
    logitCap: config.final_logit_softcapping,
    ...family.words?.(config),
  });
}

/** Returns the fields of a config.json without those that the family's class ignores. */
export function honoured(json: JsonObject, { honours }: Family): JsonObject {
  const ignored: readonly string[] = OWN_FIELDS.filter((field) => !honours.includes(field));
  return Object.fromEntries(Object.entries(json).filter(([field]) => !ignored.includes(field)));
}

/**
 * Returns fields that the file sets to null, as `undefined`. They mean "off", so the family's defaults must not apply.
 */
function absentFields(json: JsonObject, { defaults }: Family): Partial<HubConfig> {
  const absent = ['sliding_window', 'attn_logit_softcapping', 'final_logit_softcapping'] as const;
  return Object.fromEntries(
    absent
      .filter((name) => name in defaults && json[name] === null)
      .map((name) => [name, undefined]),
  );
}

/**
 * Returns `hidden_act` for families whose class reads it from `hidden_activation` instead; no field for other
 * families.
 */
function activationOf(
  { hidden_activation: act }: JsonObject,
  { honours, defaults }: Family,
): { readonly hidden_act?: unknown } {
  return honours.includes('hidden_activation') ? { hidden_act: act ?? defaults.hidden_act } : {};
}

function gateOf({ hidden_act: act }: HubConfig, { gainsMinusOne }: Family): ModelConfig['mlp'] {
  if (act === 'silu') return 'swiglu';
  // In old files of Gemma, gelu means the tanh approximation; in other families, it means the exact function.
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

/** Returns the kind of attention of each layer: with a sliding window, or causal without one. */
function windowsOf(
  json: JsonObject,
  config: HubConfig,
  family: Family,
  rotates: readonly ('rotary' | 'none')[],
): ('causal' | 'window')[] {
  const { sliding_window: length, use_sliding_window: isOn } = config;
  const isSwitched = family.honours.includes('use_sliding_window');
  if (length === undefined || (isSwitched && !isOn)) return rotates.map(() => 'causal');
  const types = listOf('layer_types', json.layer_types, rotates.length);
  return rotates.map((kind, layer) => {
    if (!types) return family.window?.(config, layer, kind === 'rotary') ? 'window' : 'causal';
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
  // Despite its name, 1 means a layer with rotary positions.
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

/** Returns the shortest pattern that, repeated, gives these names of layers, separated by commas. */
export function shortest(names: readonly string[]): string {
  for (let length = 1; length < names.length; length++) {
    if (names.every((name, i) => name === names[i % length])) {
      return names.slice(0, length).join();
    }
  }
  return names.join();
}
