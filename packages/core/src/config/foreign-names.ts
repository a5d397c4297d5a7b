import { foreignAdvice, snakeCase } from './foreign-advice.js';

/**
 * Names of ramble's settings in nanoGPT, Hugging Face, llama.cpp, vLLM and OpenAI. The command's aliases, its
 * hints and the glossary all come from this table.
 */
const SAME_MEANING: Readonly<Record<string, string>> = {
  // the model
  contextLength:
    'block_size n_ctx ctx_size num_ctx n_positions max_position_embeddings max_seq_len max_seq_length sequence_length',
  nLayer: 'num_layers num_hidden_layers n_layers',
  nHead: 'num_heads num_attention_heads n_heads',
  nEmbd: 'd_model hidden_size embed_dim n_embed',
  mlpDim: 'd_ff ffn_dim n_inner intermediate_size',
  nKvHead: 'num_key_value_heads n_kv_heads num_kv_heads',
  headDim: 'head_size',
  normEps: 'layer_norm_epsilon rms_norm_eps layer_norm_eps',
  ropeTheta: 'rope_base rope_freq_base',
  tiedHead: 'tie_word_embeddings tie_embeddings',
  window: 'sliding_window',
  memory: 'mem_len',
  // training
  learningRate: 'lr max_lr',
  minLearningRate: 'min_lr',
  maxSteps: 'max_iters num_iterations num_steps max_train_steps total_steps',
  warmupSteps: 'warmup_iters num_warmup_steps',
  batchSize:
    'per_device_train_batch_size train_batch_size micro_batch_size device_batch_size max_num_seqs parallel max_batch_size',
  gradAccumSteps: 'gradient_accumulation_steps accumulate_grad_batches',
  gradClip: 'max_grad_norm clip_grad_norm gradient_clip_val',
  beta1: 'adam_beta1',
  beta2: 'adam_beta2',
  eps: 'adam_epsilon adam_eps',
  weightDecay: 'wd',
  labelSmoothing: 'label_smoothing_factor',
  evalInterval: 'eval_steps eval_every eval_freq',
  evalBatches: 'eval_iters',
  saveInterval: 'save_steps save_every checkpoint_interval',
  logInterval: 'logging_steps log_every log_steps',
  keepCheckpoints: 'save_total_limit',
  patience: 'early_stopping_patience',
  seed: 'random_seed rng_seed',
  // files
  out: 'out_dir output_dir save_dir output_file',
  data: 'dataset dataset_name train_file train_data data_path data_dir input_file corpus',
  valid: 'validation_file val_file valid_file eval_file val_data validation_data eval_data',
  model:
    'model_name_or_path model_path model_dir model_name checkpoint checkpoint_dir checkpoint_path ckpt ckpt_path',
  promptFile: 'file',
  prompt: 'start text',
  kvCache: 'cache_type_k cache_type_v kv_cache_dtype kv_cache_quant',
  // sampling
  temperature: 'temp',
  typicalP: 'typical',
  repetitionPenalty: 'repeat_penalty rep_penalty rep_pen',
  repetitionWindow: 'repeat_last_n',
  maxNewTokens:
    'max_tokens max_completion_tokens n_predict predict num_tokens n_tokens num_predict',
  minNewTokens: 'min_tokens',
  count: 'num_return_sequences num_samples n',
  numBeams: 'beam_size beam_width beams',
  stop: 'stop_strings stop_sequences reverse_prompt',
  stopToken: 'eos_token_id stop_token_ids',
  allowedToken: 'allowed_token_ids',
  suppressedToken: 'suppress_tokens',
  beginSuppressedToken: 'begin_suppress_tokens',
  forcedLastToken: 'forced_eos_token_id',
  promptLookup: 'prompt_lookup_num_tokens num_speculative_tokens',
  // the server
  timeoutSeconds: 'timeout',
  host: 'listen bind',
  corsOrigin: 'allowed_origins',
  threads: 'n_threads num_threads',
};

/** All names that other programs use for a setting, in snake case. */
export const FOREIGN_NAMES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(SAME_MEANING).map(([setting, names]) => [setting, names.split(' ')]),
);

/**
 * Returns the names of other programs that mean the same as one of these settings (`lr` for `learningRate`),
 * and the settings' own names in snake case.
 *
 * @param known - Names of the existing settings, in camel case.
 * @returns a map from each name, in snake case, to the name of the setting, in camel case.
 */
export function foreignNamesOf(known: readonly string[]): ReadonlyMap<string, string> {
  const own = known.map((setting): [string, string] => [snakeCase(setting), setting]);
  const others = known.flatMap((setting) =>
    (FOREIGN_NAMES.get(setting) ?? [])
      .filter((name) => foreignAdvice(name, undefined, known) === undefined)
      .map((name): [string, string] => [name, setting]),
  );
  return new Map([...others, ...own]); // a setting's own name has priority
}
