import { mlpOf } from '../mlp/mlp-kinds.js';
import type { ModelConfig } from './model-config.js';

/** Holds the config that a record was spread from: spreading copies symbols, and files have none. */
const COMPLETED = Symbol('the completed config');

type Spread = Partial<ModelConfig> & { readonly [COMPLETED]?: ModelConfig };

/** The settings that follow from others where they are not given. */
const DERIVED = {
  nKvHead: { from: ['nHead'], of: ({ nHead }) => nHead },
  headDim: { from: ['nEmbd', 'nHead'], of: ({ nEmbd, nHead }) => nEmbd / nHead },
  mlpDim: { from: ['nEmbd', 'mlp'], of: (config) => mlpOf(config).defaultDim(config.nEmbd) },
} as const satisfies Partial<
  Record<
    keyof ModelConfig,
    { readonly from: readonly (keyof ModelConfig)[]; readonly of: (config: ModelConfig) => number }
  >
>;

/** The config, recognizable where it is spread. */
export function spreadable(config: ModelConfig): ModelConfig {
  const marked: Spread = { ...config, [COMPLETED]: config };
  return marked as ModelConfig; // its fields are the config's
}

/**
 * Refuses settings that are spread from a completed config and change one of its settings, but keep
 * another that had followed from it: `{ ...config, nHead: 8 }` has the width of heads of four.
 *
 * @param config - The settings with their defaults.
 * @throws RangeError for a setting that is kept so.
 */
export function checkSpread(given: Spread, config: ModelConfig): void {
  const before = given[COMPLETED];
  if (!before) return;
  for (const name of Object.keys(DERIVED) as (keyof typeof DERIVED)[]) {
    const { from, of } = DERIVED[name];
    const value = given[name];
    const changed = from.find((source) => config[source] !== before[source]);
    const isKept = value === before[name] && value === of(before);
    if (changed === undefined || !isKept || value === of(config)) continue;
    throw new RangeError(
      `${name}: expected a value for ${changed} ${config[changed]}, got ${value}, which the spread config derives from ${changed} ${before[changed]}. Give ${name}: undefined for the default, or do not spread a completed config`,
    );
  }
}
