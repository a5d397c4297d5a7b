import {
  checkSettings,
  type CheckedSampling,
  type Grammar,
  samplingConfig,
  type SamplingConfig,
  outputRulesFeature,
} from '@ramble/core';

import type { ExploredModel } from './explored-model.js';

type Values = Readonly<Record<string, unknown>>;

/** How outputs of a model are chosen. */
export interface OutputRules {
  readonly config: CheckedSampling;
  /** The grammar of the outputs; `undefined` where the domain has none. */
  readonly grammar?: Grammar<unknown>;
}

/**
 * How outputs are chosen, as `ramble sample` does: as the question says, where it says nothing as the app does.
 *
 * @param sampling - Values of sampling settings.
 * @param options - Values of the app's settings of outputs.
 * @throws TypeError or RangeError that names the setting.
 */
export function outputRules(
  { app, domain }: Pick<ExploredModel, 'app' | 'domain'>,
  sampling: Values,
  options: Values = {},
): OutputRules {
  const rules = outputRulesFeature.of(app);
  const asked = checkSettings<unknown>(rules?.settings ?? {}, options);
  const usual: Partial<SamplingConfig> = { ...app.sampling, ...rules?.sampling(asked) };
  const config = samplingConfig({ ...usual, ...sampling });
  const { maxNewTokens } = config;
  return {
    config,
    grammar: rules ? rules.grammar(asked, { maxNewTokens, domain }) : domain.grammar,
  };
}
