import {
  type AnyApp,
  checkSettings,
  type CompanionMaker,
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
  companion,
}: Pick<AnyApp, 'outputRules' | 'companion'>): SettingGroup[] {
  const settings = { ...rules?.settings, ...companion?.settings };
  return rules || companion ? [{ title: 'Output', settings }] : [];
}

/** What makes the second file beside each output, where it was asked for. */
export async function openCompanion({
  app: { companion },
  settings,
}: Pick<DomainCall<object>, 'app' | 'settings'>): Promise<CompanionMaker<unknown> | undefined> {
  if (!companion) return undefined;
  const table = companion.settings;
  return companion.open(checkSettings<unknown>(table, settingsIn(table, settings)));
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
