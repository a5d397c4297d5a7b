/** Names of tensors in Hugging Face's transformers, by their names in llama.cpp. */
type Names = Readonly<Record<string, string>>;

/** Rules by which llama.cpp stores the models of one Hugging Face `model_type`, and its limits for them. */
export interface Architecture {
  /** The `model_type` of config.json. */
  readonly modelType: string;
  /** Name of the class in transformers. */
  readonly className: string;
  /** Hugging Face's names of the tensors outside the blocks, by llama.cpp's names, without `.weight` and `.bias`. */
  readonly outer: Names;
  /** Prefix before the block's number in Hugging Face's names. */
  readonly blocks: string;
  /** Hugging Face's names of the tensors in a block, by llama.cpp's names, without `.weight` and `.bias`. */
  readonly inner: Names;
  /**
   * Whether columns that rotate together are 2i and 2i + 1 in queries and keys. In Hugging Face's files, they
   * are i and i + headDim / 2.
   */
  readonly hasPairedHeads?: boolean;
  /** Whether stored gains of norms include the 1 that Hugging Face adds to its stored gains. */
  readonly hasWholeGains?: boolean;
  /** Whether Hugging Face stores the matrices of linear layers as `[in, out]`. */
  readonly isTransposed?: boolean;
  /** Kinds of `rope_scaling` that llama.cpp computes for this architecture. */
  readonly scalings: readonly string[];
  /**
   * Whether llama.cpp takes the output projection from the token embedding (`tied`) or requires a separate tensor;
   * absent if it supports both.
   */
  readonly head?: 'tied' | 'separate';
  /** Whether llama.cpp requires that the heads together are as wide as the model. */
  readonly isSquare?: boolean;
  /** Whether llama.cpp can rotate only a fraction of a head's columns. Otherwise it rotates all of them. */
  readonly hasShare?: boolean;
  /**
   * Rules for the layers that have a sliding window; absent if llama.cpp ignores windows in files of this architecture.
   */
  readonly windows?: Windows;
}

/** Rules by which llama.cpp gives layers a sliding window. */
interface Windows {
  /** Period of the layers without a window: every `pattern`-th layer, unless the file has a list of layers. */
  readonly pattern: number;
  /** Kinds of rotary scaling that llama.cpp also applies to the layers with a window: all, none, or only yarn. */
  readonly scaled: 'all' | 'none' | 'by yarn';
}

const OUTER: Names = {
  ...{ token_embd: 'model.embed_tokens', output_norm: 'model.norm', output: 'lm_head' },
};
const LINEAR: Names = {
  ...{ attn_q: 'self_attn.q_proj', attn_k: 'self_attn.k_proj', attn_v: 'self_attn.v_proj' },
  ...{ attn_output: 'self_attn.o_proj', ffn_gate: 'mlp.gate_proj' },
  ...{ ffn_up: 'mlp.up_proj', ffn_down: 'mlp.down_proj' },
};
const HEAD_NORMS: Names = {
  ...{ attn_q_norm: 'self_attn.q_norm', attn_k_norm: 'self_attn.k_norm' },
};
const NORMS_BEFORE: Names = {
  ...{ attn_norm: 'input_layernorm', ffn_norm: 'post_attention_layernorm' },
};
const NORMS_AFTER: Names = {
  post_attention_norm: 'post_attention_layernorm',
  post_ffw_norm: 'post_feedforward_layernorm',
};
const NORMS_AROUND: Names = {
  ...{ attn_norm: 'input_layernorm', ffn_norm: 'pre_feedforward_layernorm' },
  ...NORMS_AFTER,
};

const SCALINGS = ['default', 'linear', 'yarn'] as const;
const LLAMA = {
  scalings: SCALINGS,
  modelType: 'llama',
  className: 'LlamaForCausalLM',
  outer: OUTER,
  blocks: 'model.layers',
  inner: { ...LINEAR, ...NORMS_BEFORE },
} as const satisfies Architecture;
const GEMMA = { ...LLAMA, hasWholeGains: true } as const satisfies Architecture;

/**
 * Supported architectures by the value of `general.architecture`.
 *
 * @see llama.cpp v0.5.0, src/models
 */
export const ARCHITECTURES = {
  gpt2: {
    modelType: 'gpt2',
    className: 'GPT2LMHeadModel',
    outer: {
      ...{ token_embd: 'transformer.wte', position_embd: 'transformer.wpe' },
      ...{ output_norm: 'transformer.ln_f', output: 'lm_head' },
    },
    blocks: 'transformer.h',
    inner: {
      ...{ attn_norm: 'ln_1', attn_qkv: 'attn.c_attn', attn_output: 'attn.c_proj' },
      ...{ ffn_norm: 'ln_2', ffn_up: 'mlp.c_fc', ffn_down: 'mlp.c_proj' },
    },
    isTransposed: true,
    scalings: [],
  },
  llama: { ...LLAMA, hasPairedHeads: true, scalings: [...SCALINGS, 'llama3', 'longrope'] },
  qwen2: { ...LLAMA, modelType: 'qwen2', className: 'Qwen2ForCausalLM', isSquare: true },
  qwen3: {
    ...LLAMA,
    modelType: 'qwen3',
    className: 'Qwen3ForCausalLM',
    inner: { ...LLAMA.inner, ...HEAD_NORMS },
  },
  gemma: { ...GEMMA, modelType: 'gemma', className: 'GemmaForCausalLM', head: 'tied' },
  gemma2: {
    ...GEMMA,
    modelType: 'gemma2',
    className: 'Gemma2ForCausalLM',
    inner: { ...LINEAR, ...NORMS_AROUND },
    head: 'tied',
    windows: { pattern: 2, scaled: 'all' },
  },
  gemma3: {
    ...GEMMA,
    modelType: 'gemma3_text',
    className: 'Gemma3ForCausalLM',
    inner: { ...LINEAR, ...NORMS_AROUND, ...HEAD_NORMS },
    windows: { pattern: 6, scaled: 'by yarn' },
  },
  smollm3: {
    ...LLAMA,
    modelType: 'smollm3',
    className: 'SmolLM3ForCausalLM',
    hasPairedHeads: true,
  },
  phi3: {
    ...LLAMA,
    modelType: 'phi3',
    className: 'Phi3ForCausalLM',
    inner: {
      ...{ attn_qkv: 'self_attn.qkv_proj', attn_output: 'self_attn.o_proj' },
      ...{ ffn_up: 'mlp.gate_up_proj', ffn_down: 'mlp.down_proj' },
      ...NORMS_BEFORE,
    },
    scalings: ['default', 'longrope'],
    isSquare: true,
    hasShare: true,
  },
  olmo2: {
    ...LLAMA,
    modelType: 'olmo2',
    className: 'Olmo2ForCausalLM',
    inner: { ...LINEAR, ...NORMS_AFTER, ...HEAD_NORMS },
    head: 'separate',
    isSquare: true,
    windows: { pattern: 4, scaled: 'none' }, // used by OLMo 3
  },
} as const satisfies Record<string, Architecture>;

export type ArchitectureName = keyof typeof ARCHITECTURES;

/** Whether a text is the name of a supported architecture. */
export function isArchitecture(name: string): name is ArchitectureName {
  return Object.hasOwn(ARCHITECTURES, name);
}

/**
 * Returns Hugging Face's name for a tensor of a GGUF file.
 *
 * @returns `undefined` if the architecture has no such tensor.
 */
export function toHuggingFaceName(
  { outer, blocks, inner }: Architecture,
  name: string,
): string | undefined {
  const match = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name);
  const [block, part, kind] = [1, 2, 3].map((group) => match?.at(group));
  const names = block === undefined ? outer : inner;
  if (part === undefined || !Object.hasOwn(names, part)) return undefined;
  return `${block === undefined ? '' : `${blocks}.${block}.`}${names[part]}.${kind ?? ''}`;
}

/**
 * Returns the name in a GGUF file for a tensor of Hugging Face.
 *
 * @throws RangeError if the architecture has no such tensor.
 */
export function toGgufName({ outer, blocks, inner }: Architecture, name: string): string {
  const inBlock = name.startsWith(`${blocks}.`)
    ? /^(\d+)\.(.+)$/.exec(name.slice(blocks.length + 1))
    : undefined;
  const block = inBlock?.at(1);
  const match = /^(.+)\.(weight|bias)$/.exec(inBlock?.at(2) ?? name);
  const names = Object.entries(block === undefined ? outer : inner);
  const pair = names.find(([, theirs]) => theirs === match?.at(1));
  if (pair) return `${block === undefined ? '' : `blk.${block}.`}${pair[0]}.${match?.at(2) ?? ''}`;
  throw new RangeError(`${name}: expected a tensor that llama.cpp has a name for, got this one`);
}
