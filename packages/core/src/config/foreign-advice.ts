/** Advice for a setting of other programs (such as llama.cpp's `n_ctx`) that corresponds to no setting of ramble. */
interface Advice {
  /** Names of the setting in other programs, in snake case, separated by spaces. */
  readonly names: string;
  /** Flags to type instead; `N` represents the typed value. Without them, the advice is to leave the name out. */
  readonly say?: string;
  /** Reason for the advice, or the difference between the programs. */
  readonly because?: string;
  /** Values to which the advice applies; all by default. */
  readonly value?: RegExp;
  /** Name of a setting; the advice applies only to commands that have this setting. */
  readonly where?: string;
}

const NO = /^(false|0|no|off)$/i;
const CHOSEN = 'the fastest engine on this machine is used, and --engine names another';

/**
 * Flags of other programs that have no equivalent and can be left out, with the reason. The outer key is a setting of
 * ramble: the advice is given only by commands that have this setting.
 */
const LEFT_OUT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  weights: {
    'c ctx_size n_ctx num_ctx max_model_len max_seq_len':
      "the length of the context is the model's own",
  },
  maxSteps: {
    'lr_decay_iters lr_decay_steps': 'the schedule ends with --max-steps',
    'do_train do_eval': 'train does both',
    'fp16 dtype mixed_precision tf32': 'training computes with 32 bits, or with --precision bf16',
  },
  evalInterval: {
    'per_device_eval_batch_size eval_batch_size': '--batch-size is for both',
    'eval_strategy evaluation_strategy save_strategy logging_strategy':
      '--eval-interval, --save-interval and --log-interval count updates',
  },
  keepCheckpoints: {
    load_best_model_at_end: 'the best checkpoint is kept, and taken where the run is named',
    overwrite_output_dir: 'no run is overwritten: name a new folder by --out',
  },
  valid: {
    'validation_split_percentage val_split validation_split':
      'a tenth of the data is set apart, unless --valid names other data',
  },
  logInterval: {
    'report_to wandb_log wandb_project wandb_run_name run_name logging_dir':
      'the run has log.jsonl and report.html with its curves',
  },
  engine: {
    'device no_cuda use_cpu ngl n_gpu_layers gpu_layers tensor_parallel_size gpu_memory_utilization':
      CHOSEN,
    'compile torch_compile flash_attn use_flash_attention': CHOSEN,
  },
  maxNewTokens: {
    forced_bos_token_id: 'an output begins with its prompt, and the token can be its last',
    'guidance_scale negative_prompt_ids':
      'guidance is not offered, as it needs the model a second time for each token',
    token_healing: 'it is not offered, as tokens are chosen without the tokenizer',
    'watermark watermarking watermarking_config watermarking_wrapper':
      'watermarks are not offered, as ramble is for the study of models',
    'encoder_repetition_penalty encoder_no_repeat_ngram_size decoder_start_token_id':
      'it is for models with an encoder',
    remove_invalid_values: 'a logit that is not a number is an error: the weights are broken',
    'stream streaming': 'what is written is shown as it grows',
    use_cache: 'keys and values are always kept',
    no_display_prompt: 'standard output has only what the model writes',
  },
  promptLookup: {
    'assistant_model draft_model model_draft md speculative_model dola_layers':
      'one model writes, and --prompt-lookup speculates without a second one',
  },
  slideShare: {
    'context_shift no_context_shift': 'a full context slides: see --slide-share',
  },
  promptFile: {
    'i interactive conversation cnv interactive_first chat_template system_prompt':
      'conversations are had by the verb chat: ramble text chat --model RUN',
  },
  queueSize: {
    'served_model_name alias model_alias': 'a model goes by the name of its folder',
    cont_batching: 'requests always share the steps',
  },
};

const ADVICE: readonly Advice[] = [
  // llama.cpp's short flags
  { names: 'c', say: '--context-length N' },
  { names: 't', say: '--threads N' },
  { names: 'f', say: '--prompt-file N' },
  { names: 'np', where: 'queueSize', say: '--batch-size N' },
  // the model
  { names: 'vocab_size', where: 'bpeVocabSize', say: '--tokenizer bpe --bpe-vocab-size N' },
  { names: 'tokenizer_name tokenizer_type', where: 'tokenizer', say: '--tokenizer bpe' },
  {
    names: 'attn_pdrop resid_pdrop embd_pdrop attention_dropout hidden_dropout_prob',
    say: '--dropout N',
    because: 'one rate is used everywhere',
  },
  // training
  {
    names: 'epochs num_epochs num_train_epochs n_epochs max_epochs',
    where: 'maxSteps',
    say: '--max-steps 2000',
    because: 'the length of a run is counted in updates, or in minutes: --max-minutes 5',
  },
  {
    names: 'warmup_ratio',
    say: '--warmup-steps 100',
    because: 'the warm-up is counted in updates',
  },
  { names: 'decay_lr', value: NO, say: '--schedule constant' },
  { names: 'decay_lr', say: '--schedule cosine' },
  {
    names: 'lr_scheduler_type lr_scheduler',
    value: /^cosine$/,
    say: '--schedule cosine-hf',
    because: "--schedule cosine ends at --min-learning-rate, as nanoGPT's",
  },
  {
    names: 'lr_scheduler_type lr_scheduler',
    value: /^inverse_sqrt$/,
    say: '--schedule inverse-sqrt',
  },
  { names: 'lr_scheduler_type lr_scheduler', value: /^constant/, say: '--schedule constant' },
  { names: 'lr_scheduler_type lr_scheduler', say: '--schedule linear' },
  { names: 'optim', value: /sgd/, say: '--optimizer sgd' },
  { names: 'optim', say: '--optimizer adamw' },
  {
    names: 'gradient_checkpointing activation_checkpointing checkpoint_activations',
    value: NO,
    say: '--no-recompute',
  },
  {
    names: 'gradient_checkpointing activation_checkpointing checkpoint_activations',
    say: '--recompute',
  },
  { names: 'bf16', where: 'precision', say: '--precision bf16' },
  {
    names: 'dtype mixed_precision',
    where: 'precision',
    value: /^bf(loat)?16$/,
    say: '--precision bf16',
  },
  {
    names: 'resume_from_checkpoint resume_from',
    say: '--resume',
    because: 'it goes on with the run in --out',
  },
  {
    names: 'model model_name_or_path pretrained_model base_model finetune_from',
    where: 'initFrom',
    say: '--init-from N',
  },
  {
    names: 'metric_for_best_model',
    say: '--best-by loss',
    because: 'the other kind is --best-by score',
  },
  {
    names: 'max_train_samples',
    say: '--data-share 0.1',
    because: 'what is learned from is a share of the data',
  },
  // computing
  {
    names: 'dtype torch_dtype',
    value: /^(float|fp|bf|f)?(16|loat16)$|half/,
    where: 'weights',
    say: '--weights f16',
  },
  { names: 'fp16 half', where: 'weights', say: '--weights f16' },
  {
    names: 'load_in_4bit load_in_8bit quantization quantize outtype',
    where: 'format',
    say: '--format gguf --weights q8_0',
    because: 'a file of fewer bits is not written',
  },
  { names: 'load_in_4bit', say: '--weights q4' },
  { names: 'load_in_8bit quantization quantize', say: '--weights int8' },
  { names: 'dtype torch_dtype', where: 'weights', say: '--weights f32' },
  // sampling
  {
    names: 'out_dir',
    where: 'maxNewTokens',
    say: '--model N',
    because: '--out is the file that is written',
  },
  { names: 'do_sample', value: NO, say: '--method greedy' },
  { names: 'do_sample', say: '--method random' },
  { names: 'greedy greedy_search greedy_decoding', say: '--method greedy' },
  { names: 'no_sample', say: '--method greedy' },
  { names: 'max_length', say: '--max-new-tokens N', because: 'it does not count the prompt' },
  { names: 'min_length', say: '--min-new-tokens N', because: 'it does not count the prompt' },
  {
    names: 'ignore_eos',
    say: '--min-new-tokens 200',
    because: 'no stop token comes before so many tokens',
  },
  {
    names: 'bad_words_ids bad_words',
    say: '--blocked-sequence 5,7',
    because: 'it names the ids of tokens: ramble text encode shows them',
  },
  { names: 'sequence_bias', say: '--logit-bias 5,7=-2' },
  {
    names: 'exponential_decay_length_penalty',
    say: '--stop-token-start 50 --stop-token-factor 1.05',
    because: 'its two numbers are two settings',
  },
  {
    names: 'no_think no_thinking nothink disable_thinking',
    say: '--template-variable enable_thinking=false',
    because: 'the chat template of a model decides',
  },
  {
    names: 'think thinking enable_thinking',
    value: NO,
    say: '--template-variable enable_thinking=false',
    because: 'the chat template of a model decides',
  },
  {
    names: 'think thinking enable_thinking',
    say: '--template-variable enable_thinking=true',
    because: 'the chat template of a model decides',
  },
  ...Object.entries(LEFT_OUT).flatMap(([where, reasons]) =>
    Object.entries(reasons).map(([names, because]) => ({ names, where, because })),
  ),
];

/** Advice for another program's name that has no equivalent. */
export type ForeignAdvice = Pick<Advice, 'say' | 'because'>;

/**
 * Returns advice for another program's flag that no setting corresponds to: flags to type instead, or the reason to
 * leave it out; `undefined` if there is no advice.
 *
 * @param value - The value that was typed for the flag.
 * @param known - Names of the command's settings. Advice that names other flags is not given.
 */
export function foreignAdvice(
  name: string,
  value: string | undefined,
  known: readonly string[],
): ForeignAdvice | undefined {
  const advice = findAdvice(snakeCase(name), value, known);
  if (!advice) return undefined;
  const { say, because } = advice;
  return { say: say?.replace(/\bN\b/, value ?? 'N'), because };
}

function findAdvice(
  name: string,
  value: string | undefined,
  known: readonly string[],
): Advice | undefined {
  return ADVICE.find(
    (advice) =>
      advice.names.split(' ').includes(name) &&
      (advice.value === undefined || (value !== undefined && advice.value.test(value))) &&
      (advice.where === undefined || known.includes(advice.where)) &&
      flagsIn(advice.say ?? '').every((flag) => known.includes(flag)),
  );
}

function flagsIn(words: string): string[] {
  return Array.from(words.matchAll(/--(?:no-(?=recompute))?([\w-]+)/g), ([, flag]) =>
    flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
  );
}

/** Converts `maxNewTokens` and `max-new-tokens` to `max_new_tokens`. */
export function snakeCase(name: string): string {
  return name
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replaceAll('-', '_')
    .replace(/^_+/, '');
}
