import type { ModelConfig } from './model-config.js';

/** The name of a family of decoders, as `--architecture` takes it. */
export type ArchitectureName = keyof typeof ARCHITECTURES;

/**
 * Families of decoders as settings: what a block is made of, for any size. A setting that is given beside
 * one replaces what it says.
 */
export const ARCHITECTURES = {
  /** As published: Radford et al. 2019, section 2.3. */
  gpt2: {
    attention: 'causal',
    norm: 'layer',
    normPlace: 'before',
    mlp: 'gelu',
    positions: 'input',
    bias: 'all',
  },
  /** As published: Touvron et al. 2023, section 2.2, https://arxiv.org/abs/2302.13971. */
  llama: {
    attention: 'causal',
    norm: 'rms',
    normPlace: 'before',
    mlp: 'swiglu',
    positions: 'rotary',
    bias: 'none',
  },
} as const satisfies Record<string, Partial<ModelConfig>>;
