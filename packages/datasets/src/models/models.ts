/** A published model that can be fetched by name. */
export interface PublishedModel {
  readonly name: string;
  /** A one-line description for people. */
  readonly description: string;
  readonly licence: string;
  /** Name of the repository on the Hugging Face Hub. */
  readonly repository: string;
  /** The commit there: a name for files that never change. */
  readonly revision: string;
  /**
   * SHA-256 of model.safetensors, where independent records agree on it; elsewhere the Hub's own is
   * trusted.
   */
  readonly sha256?: string;
  /** Fields that config.json must have, with their values. */
  readonly config: Readonly<Record<string, number>>;
}

const shape = (
  n_layer: number,
  n_embd: number,
  n_head: number,
): Readonly<Record<string, number>> => ({
  vocab_size: 50257,
  n_positions: 1024,
  n_layer,
  n_embd,
  n_head,
});

/**
 * GPT-2 as OpenAI published it in 2019, converted by Hugging Face. The hashes are those that several
 * public projects pin for the file at this commit.
 */
const MODELS: readonly PublishedModel[] = [
  {
    name: 'gpt2',
    description: 'GPT-2 small, 124 million parameters',
    licence: 'MIT',
    repository: 'openai-community/gpt2',
    revision: '607a30d783dfa663caf39e06633721c8d4cfcd7e',
    sha256: '248dfc3911869ec493c76e65bf2fcf7f615828b0254c12b473182f0f81d3a707',
    config: shape(12, 768, 12),
  },
  {
    name: 'gpt2-medium',
    description: 'GPT-2 medium, 355 million parameters',
    licence: 'MIT',
    repository: 'openai-community/gpt2-medium',
    revision: '6dcaa7a952f72f9298047fd5137cd6e4f05f41da',
    sha256: 'fc5a354a19255ad494f3d71549390baca1ccf61d1d822b9408971705c687c9cd',
    config: shape(24, 1024, 16),
  },
  {
    name: 'gpt2-large',
    description: 'GPT-2 large, 774 million parameters',
    licence: 'MIT',
    repository: 'openai-community/gpt2-large',
    revision: '32b71b12589c2f8d625668d2335a01cac3249519',
    config: shape(36, 1280, 20),
  },
  {
    name: 'gpt2-xl',
    description: 'GPT-2 XL, 1.5 billion parameters',
    licence: 'MIT',
    repository: 'openai-community/gpt2-xl',
    revision: '15ea56dee5df4983c59b2538573817e1667135e2',
    sha256: '0f8b28eb05a8075f48b61b6f35332978c74fc7763fa9fb4051a1c30511736a6a',
    config: shape(48, 1600, 25),
  },
];

/** Every model that `getModel` knows, small ones first. */
export function listModels(): readonly PublishedModel[] {
  return MODELS;
}
