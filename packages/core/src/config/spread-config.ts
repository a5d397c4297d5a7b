import type { HeadSettings } from '../attention/head-settings.js';
import { mlpOf, type MlpSettings } from '../mlp/mlps.js';

/** The settings of a model that follow from others, and those that they follow from. */
interface Widths extends HeadSettings, MlpSettings {
  readonly nEmbd: number;
}

/** Holds the config that a record was spread from: spreading copies symbols, and files have none. */
const COMPLETED = Symbol('the completed config');

type Spread = Partial<Widths> & { readonly [COMPLETED]?: Widths };

/** The settings that follow from others where they are not given. */
const DERIVED = {
  nKvHead: { from: ['nHead'], of: ({ nHead }) => nHead },
  headDim: { from: ['nEmbd', 'nHead'], of: ({ nEmbd, nHead }) => nEmbd / nHead },
  mlpDim: { from: ['nEmbd', 'mlp'], of: (config) => mlpOf(config).defaultDim(config.nEmbd) },
} as const satisfies Partial<
  Record<
    keyof Widths,
    { readonly from: readonly (keyof Widths)[]; readonly of: (config: Widths) => number }
  >
>;

/** The config, recognizable where it is spread. */
export function spreadable<Config extends Widths>(config: Config): Config {
  return { ...config, [COMPLETED]: config };
}

/**
 * Refuses settings that are spread from a completed config and change one of its settings, but keep
 * another that had followed from it: `{ ...config, nHead: 8 }` has the width of heads of four.
 *
 * @param config - The settings with their defaults.
 * @throws RangeError for a setting that is kept so.
 */
export function checkSpread(given: Spread, config: Widths): void {
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
