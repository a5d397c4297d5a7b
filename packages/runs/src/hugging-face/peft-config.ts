import { isObject, type JsonObject, named, shownValue } from '@ramble/core/files';
import type { LoraSettings } from '@ramble/core/model';

import type { FamilyModule } from './adapter-modules.js';

/**
 * Fields of an adapter_config.json that need not be read: the tensors show their effect, or a saved adapter has none.
 */
const FREE = new Set([
  ...['r', 'rank_pattern', 'target_modules', 'exclude_modules', 'layers_to_transform'],
  ...['layers_pattern', 'fan_in_fan_out', 'modules_to_save', 'ensure_weight_tying'],
  ...['base_model_name_or_path', 'revision', 'task_type', 'inference_mode', 'auto_mapping'],
  ...['peft_version', 'megatron_config', 'megatron_core', 'runtime_config', 'loftq_config'],
  ...['eva_config', 'corda_config', 'lora_ga_config', 'qalora_group_size'],
]);
/** Fields that `fromPeftConfig` reads. */
const READ = new Set(['peft_type', 'bias', 'init_lora_weights', 'lora_dropout']);
const SCALES = new Set(['lora_alpha', 'use_rslora', 'alpha_pattern']);
/**
 * Values of `init_lora_weights` that leave the base model unchanged. Others change it, so the adapter would not fit the
 * published base.
 */
const PLAIN_STARTS: readonly unknown[] = [true, false, 'gaussian', 'orthogonal', 'eva'];

type NamedModule = Pick<FamilyModule, 'name' | 'nameInBlock'>;

/** The settings of a PEFT adapter that its tensors do not show. */
export interface PeftConfig {
  readonly dropout: number;
  /**
   * Returns the factor by which the product of A and B is multiplied, from the module's name and its adapter's rank.
   */
  readonly scaleOf: (module: string, rank: number) => number;
}

/**
 * Reads an adapter_config.json of LoRA.
 *
 * @throws TypeError or RangeError that names a field that is not plain LoRA: DoRA, trained biases, activated LoRA and
 *   initial values that change the base.
 */
export function fromPeftConfig(json: JsonObject): PeftConfig {
  const expected = (field: string, words: string): RangeError =>
    new RangeError(
      `${field}: expected ${words}, got ${field in json ? shownValue(json[field]) : 'none'}`,
    );
  if ((json.bias ?? 'none') !== 'none') throw expected('bias', '"none"');
  if (!PLAIN_STARTS.includes(json.init_lora_weights ?? true)) {
    throw expected('init_lora_weights', 'initial values that do not change the base model');
  }
  for (const [field, value] of Object.entries(json)) {
    if (FREE.has(field) || READ.has(field) || SCALES.has(field) || isAbsent(value)) continue;
    throw expected(field, 'null, as ramble reads plain LoRA only');
  }
  const dropout = numberOf('lora_dropout', json.lora_dropout ?? 0);
  const alpha = numberOf('lora_alpha', json.lora_alpha ?? 8); // PEFT's default
  const patterns = named('alpha_pattern', () => patternsOf(json.alpha_pattern ?? {}));
  const scaleOf: PeftConfig['scaleOf'] = (module, rank) => {
    const own = patterns.find(({ pattern }) => pattern.test(module))?.value ?? alpha;
    return own / (json.use_rslora === true ? Math.sqrt(rank) : rank);
  };
  return { dropout, scaleOf };
}

/** Whether a field's value (null, false or empty) switches its feature off. */
function isAbsent(value: unknown): boolean {
  return (
    value === null || value === false || (typeof value === 'object' && !Object.keys(value).length)
  );
}

function numberOf(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw new TypeError(`${name}: expected a number of at least 0, got ${shownValue(value)}`);
}

/** Maximum length of a pattern, and maximum number of its quantifiers, so that a match takes little time. */
const MAX_PATTERN = { length: 500, quantifiers: 3 };

/** Returns the regular expressions of a pattern field, which match the end of a module's name, and their values. */
function patternsOf(json: unknown): { readonly pattern: RegExp; readonly value: number }[] {
  if (!isObject(json)) throw new TypeError(`expected an object, got ${shownValue(json)}`);
  return Object.entries(json).map(([key, value]) => {
    const quantifiers = key.match(/[*+?{]/g)?.length ?? 0;
    const isSlow = /\)[*+?{]/.test(key) || quantifiers > MAX_PATTERN.quantifiers;
    if (isSlow || key.length > MAX_PATTERN.length) {
      throw new RangeError(`expected names of modules or simple patterns, got ${shownValue(key)}`);
    }
    try {
      // As in PEFT's get_pattern_key: an anchor before the name is allowed only at the very beginning.
      return { pattern: new RegExp(`^(?:.*\\.)?(?:${key})$`), value: numberOf(key, value) };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new RangeError(`expected regular expressions, got ${shownValue(key)}`, {
        cause: error,
      });
    }
  });
}

/**
 * Returns the adapter_config.json of LoRA.
 *
 * @param nLayer - Number of blocks of the model.
 * @param isTransposed - Whether the matrices of the base are stored as `[in, out]`.
 */
export function toPeftConfig(
  modules: readonly (NamedModule & { readonly rank: number })[],
  { loraRank, loraAlpha, loraDropout }: LoraSettings,
  { nLayer, isTransposed }: { readonly nLayer: number; readonly isTransposed: boolean },
): JsonObject {
  const others = modules.filter(({ rank }) => rank !== loraRank);
  const patternOf = (valueOf: (rank: number) => number): JsonObject =>
    Object.fromEntries(others.map(({ name, rank }) => [name, valueOf(rank)]));
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: null,
    inference_mode: true,
    r: loraRank,
    lora_alpha: loraAlpha,
    lora_dropout: loraDropout,
    bias: 'none',
    fan_in_fan_out: isTransposed,
    init_lora_weights: true,
    use_dora: false,
    use_rslora: false,
    modules_to_save: null,
    target_modules: targetsOf(modules, nLayer),
    rank_pattern: patternOf((rank) => rank),
    alpha_pattern: patternOf((rank) => (loraAlpha / loraRank) * rank),
  };
}

/** Returns the names of modules inside a block, or their full names if some blocks have no such adapter. */
function targetsOf(modules: readonly NamedModule[], nLayer: number): string[] {
  const countOf = (name: string): number =>
    modules.filter(({ nameInBlock }) => nameInBlock === name).length;
  const isEverywhere = new Map(
    modules.map(({ nameInBlock }) => [nameInBlock, countOf(nameInBlock) === nLayer]),
  );
  const names = modules.map(({ name, nameInBlock }) =>
    isEverywhere.get(nameInBlock) ? nameInBlock : name,
  );
  return [...new Set(names)];
}
