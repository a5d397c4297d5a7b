import { isObject, type JsonObject, shownValue } from '@ramble/core/files';

import type { TypedValue } from '../format/metadata.js';
import { type Architecture, ARCHITECTURES, type ArchitectureName } from './architectures.js';

/** Returns an error for a field with a value that llama.cpp does not support. */
export function otherThan(field: string, expected: unknown, got: unknown): RangeError {
  return new RangeError(
    `${field}: expected ${shownValue(expected)}, which llama.cpp computes with, got ${shownValue(got)}`,
  );
}

/**
 * Returns the width of a head.
 *
 * @throws RangeError if llama.cpp does not support the heads or the output projection in the architecture.
 */
export function headDimOf(config: JsonObject, name: ArchitectureName): number {
  const usual = Number(config.hidden_size) / Number(config.num_attention_heads);
  const headDim = Number(config.head_dim ?? usual);
  const { isSquare = false, head }: Architecture = ARCHITECTURES[name];
  if (isSquare && headDim !== usual) throw otherThan('head_dim', usual, headDim);
  if (head === 'tied' && config.tie_word_embeddings === false) {
    throw otherThan('tie_word_embeddings', true, false);
  }
  return headDim;
}

/**
 * Functions by `model_type` that return whether a layer has a sliding window if the config has no `layer_types`. In
 * types that are not listed, no layer has one.
 */
const WINDOWS: Readonly<Record<string, (config: JsonObject, layer: number) => boolean>> = {
  mistral: () => true,
  phi3: () => true,
  qwen2: (config, layer) => layer >= Number(config.max_window_layers ?? 28),
  qwen3: (config, layer) => layer >= Number(config.max_window_layers ?? 28),
  smollm3: (config, layer) => (config.no_rope_layers as number[] | undefined)?.at(layer) === 0,
  gemma2: (_, layer) => layer % 2 === 0,
  gemma3_text: (_, layer) => (layer + 1) % 6 !== 0,
  olmo3: (_, layer) => (layer + 1) % 4 !== 0,
};

/** Returns for each layer whether it has a sliding window. */
function windowsOf(config: JsonObject): boolean[] {
  const { sliding_window: length, layer_types: types, use_sliding_window: isOn } = config;
  const hasWindow = WINDOWS[String(config.model_type)] as (typeof WINDOWS)[string] | undefined;
  return Array.from({ length: Number(config.num_hidden_layers) }, (_, layer) => {
    if (!hasWindow || typeof length !== 'number' || isOn === false) return false;
    return Array.isArray(types) ? types[layer] === 'sliding_attention' : hasWindow(config, layer);
  });
}

/**
 * Returns the metadata entries of a GGUF file for a model's sliding windows. Their keys lack the prefix with the
 * architecture's name.
 *
 * @throws RangeError for windows shorter than the context if llama.cpp's architecture has no windows.
 */
export function windowKeys(
  config: JsonObject,
  name: ArchitectureName,
): (readonly [key: string, value: TypedValue])[] {
  const { windows }: Architecture = ARCHITECTURES[name];
  const { sliding_window: length, max_position_embeddings: context } = config;
  const key = 'attention.sliding_window';
  const has = windowsOf(config);
  if (!windows) {
    if (has.includes(true) && Number(length) < Number(context)) {
      throw new RangeError(
        `sliding_window: expected none, or the context length (${shownValue(context)}) or more, as llama.cpp has no windows for ${name}, got ${shownValue(length)}`,
      );
    }
    // llama.cpp ignores this key, but ramble's reader uses it.
    return name === 'phi3' ? [[key, { type: 'uint32', value: Number(length ?? 0) }]] : [];
  }
  if (!has.includes(true)) {
    // In llama.cpp, Gemma 2 always has windows.
    return name === 'gemma2' ? [[key, { type: 'uint32', value: Number(context) }]] : [];
  }
  const { pattern } = windows;
  const isUsual = has.every((each, layer) => each === layer % pattern < pattern - 1);
  const values = { type: 'array', of: 'bool', values: has } as const;
  return [
    [key, { type: 'uint32', value: Number(length) }],
    ...(isUsual ? [] : ([[`${key}_pattern`, values]] as const)),
  ];
}

interface Rope {
  readonly theta: number;
  /** Base of the rotary positions in layers with a window, if it is not `theta`. */
  readonly windowTheta?: number;
  readonly scaling: unknown;
  /** Fraction of a head's columns that rotate. */
  readonly share: number;
}

/**
 * Reads the settings of rotary positions in a config.json from `rope_parameters`, as transformers 5 writes them, or
 * from the fields of earlier files.
 *
 * @throws RangeError if llama.cpp does not support them in the architecture.
 */
export function ropeOf(config: JsonObject, name: ArchitectureName): Rope {
  const { scalings, hasShare, windows }: Architecture = ARCHITECTURES[name];
  const given = isObject(config.rope_parameters) ? config.rope_parameters : {};
  const full = isObject(given.full_attention) ? given.full_attention : given;
  const local = isObject(given.sliding_attention) ? given.sliding_attention : {};
  const theta = Number(full.rope_theta ?? config.rope_theta ?? 10000);
  const windowTheta = local.rope_theta ?? config.rope_local_base_freq;
  const scaling = Object.keys(full).length > 0 ? full : config.rope_scaling;
  const kind = kindOf(scaling);
  if (!scalings.includes(kind)) {
    throw new RangeError(
      `rope_scaling: expected one of ${scalings.join(', ')}, which llama.cpp computes for ${name}, got ${kind}`,
    );
  }
  if (windows && windowsOf(config).includes(true)) {
    const isScaled = windows.scaled === 'all' || (windows.scaled === 'by yarn' && kind === 'yarn');
    const wanted = isScaled ? kind : 'default';
    const got = windows.scaled === 'all' ? kind : kindOf(local);
    if (got !== wanted) {
      throw otherThan('rope_parameters.sliding_attention.rope_type', wanted, got);
    }
    // In llama.cpp, all layers of OLMo share a base; Gemma 3 has a separate key for layers with a window.
    if (name === 'olmo2' && (windowTheta ?? theta) !== theta) {
      throw otherThan('rope_parameters.sliding_attention.rope_theta', theta, windowTheta);
    }
  }
  return {
    theta,
    ...(typeof windowTheta === 'number' && { windowTheta }),
    scaling,
    share: hasShare ? Number(full.partial_rotary_factor ?? config.partial_rotary_factor ?? 1) : 1,
  };
}

function kindOf(scaling: unknown): string {
  const { rope_type: type, type: older = 'default' } = isObject(scaling) ? scaling : {};
  return String(type ?? older);
}
