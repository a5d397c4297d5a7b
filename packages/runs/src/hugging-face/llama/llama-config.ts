import { checkSettings, modelConfig, type ModelConfig } from '@ramble/core';
import { isObject, type JsonObject, shownValue } from '@ramble/core/files';

import { CANNOT_EXPORT, shownWord } from '../gpt2-config.js';
import { FAMILIES, type Family, type FamilyName, OWN_FIELDS } from './families.js';
import { HUB_CONFIG, type HubConfig } from './hub-config.js';
import { fromHubRope, toHubRope } from './hub-rope.js';

/**
 * Reads the model's settings from a config.json of the Llama family. A field that is missing or null is what
 * the family's class takes it for.
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

/** Returns the fields of a config.json without those that the family's class ignores. */
function honoured(json: JsonObject, { honours }: Family): JsonObject {
  const ignored: readonly string[] = OWN_FIELDS.filter((field) => !honours.includes(field));
  return Object.fromEntries(Object.entries(json).filter(([field]) => !ignored.includes(field)));
}

/** Fields that a file sets to null: `undefined` for each, so that the family's default does not apply. */
function absentFields(json: JsonObject, { defaults }: Family): Partial<HubConfig> {
  const absent = ['sliding_window', 'attn_logit_softcapping', 'final_logit_softcapping'] as const;
  return Object.fromEntries(
    absent
      .filter((name) => name in defaults && json[name] === null)
      .map((name) => [name, undefined]),
  );
}

/** The activation, which some classes have under another name alone. */
function activationOf(
  { hidden_activation: act }: JsonObject,
  { honours, defaults }: Family,
): { readonly hidden_act?: unknown } {
  return honours.includes('hidden_activation') ? { hidden_act: act ?? defaults.hidden_act } : {};
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

/** A setting that a family's class would compute with another value of. */
interface Difference {
  readonly setting: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/**
 * The config.json with which a class of transformers computes the same, and its family: the first that
 * honours all settings of the model.
 *
 * @throws RangeError for a model that is of none of the families, which names a setting that the nearest
 *   family does not have.
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
    // transformers refuses them even where no layer rotates.
    differences.push({ setting: 'headDim', expected: 'an even number', got: headDim });
  }
  // Its class counts the factors of longrope by the width of the stream.
  const usual = Math.floor(nEmbd / nHead);
  if (rope === 'longrope' && wanted.ropeScaling && headDim !== usual) {
    differences.push({ setting: 'headDim', expected: usual, got: headDim });
  }
  return differences;
}

/** A model in which settings that change no number are as if they were not given. */
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
    // transformers chooses by the length of the input, where we choose by that of the context.
    ropeScaling = { ...ropeScaling, shortFactors: ropeScaling.longFactors };
  }
  return {
    ...model,
    attention: shortest(attention) as ModelConfig['attention'], // of its names
    positions: shortest(positions) as ModelConfig['positions'], // of its names
    window: seesWindow ? window : undefined,
    ropeTheta,
    ropeWindowTheta,
    ropeShare: model.ropeShare === 1 ? undefined : model.ropeShare,
    ropeScaling,
    scoreScale: model.scoreScale ?? headDim ** -0.5,
    embeddingScale: model.embeddingScale ?? 1,
  };
}

/** Whether two settings are the same number, but for the last digits of a double, or equal. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number') {
    return Math.abs(one - other) <= 1e-12 * Math.abs(other);
  }
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** An object as a list of its entries, by name. */
function sorted(value: unknown): unknown {
  return isObject(value) ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : value;
}

/** The names of a pattern, one for each layer. */
function perLayer(pattern: string, nLayer: number): string[] {
  const names = pattern.split(',');
  return Array.from({ length: nLayer }, (_, layer) => names[layer % names.length]);
}

/** The config.json of a family, with the settings that its class uses. */
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
    pad_token_id: null, // that of a class may be no row of this embedding
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
