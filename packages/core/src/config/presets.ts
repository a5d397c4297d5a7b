import type { ModelConfig } from './model-config.js';

/** The name of a size in {@link MODEL_PRESETS}; apps may have presets of their own. */
export type PresetName = keyof typeof MODEL_PRESETS;

/** Named sizes, from seconds on a laptop to GPT-2 as published (Radford et al. 2019, table 2). */
export const MODEL_PRESETS = {
  nano: { nLayer: 2, nHead: 2, nEmbd: 64, contextLength: 64 },
  micro: { nLayer: 4, nHead: 4, nEmbd: 128, contextLength: 64 },
  mini: { nLayer: 6, nHead: 6, nEmbd: 192, contextLength: 128 },
  baby: { nLayer: 6, nHead: 6, nEmbd: 384, contextLength: 256 },
  gpt2: { nLayer: 12, nHead: 12, nEmbd: 768, contextLength: 1024 },
  'gpt2-medium': { nLayer: 24, nHead: 16, nEmbd: 1024, contextLength: 1024 },
  'gpt2-large': { nLayer: 36, nHead: 20, nEmbd: 1280, contextLength: 1024 },
  'gpt2-xl': { nLayer: 48, nHead: 25, nEmbd: 1600, contextLength: 1024 },
} as const satisfies Record<string, Partial<ModelConfig>>;
