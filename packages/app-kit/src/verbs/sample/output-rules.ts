import {
  type AnyApp,
  checkSettings,
  type Grammar,
  SAMPLING_SETTINGS,
  samplingConfig,
  type SamplingConfig,
} from '@ramble/core';

import { settingsIn } from '../../cli/settings-in.js';
import type { DomainCall, SettingGroup } from '../../cli/verb.js';

/** What an app lets be asked of outputs. */
export function outputSettings({
  outputRules: rules,
}: Pick<AnyApp, 'outputRules'>): SettingGroup[] {
  return rules ? [{ title: 'Output', settings: rules.settings }] : [];
}

/** How outputs are drawn, and the app's grammar for what was asked of them. */
export function outputRules({
  app: { outputRules: rules, sampling },
  settings,
}: Pick<DomainCall<object>, 'app' | 'settings'>): {
  readonly config: SamplingConfig;
  readonly grammar?: Grammar<unknown>;
} {
  const given = settingsIn(SAMPLING_SETTINGS, settings);
  if (!rules) return { config: samplingConfig({ ...sampling, ...given }) };
  const asked = checkSettings<unknown>(rules.settings, settingsIn(rules.settings, settings));
  const config = samplingConfig({ ...sampling, ...rules.sampling(asked), ...given });
  return { config, grammar: rules.grammar(asked, config.maxNewTokens) };
}
