import { type Grammar, SAMPLING_SETTINGS, type SamplingConfig, samplingConfig } from '@ramble/core';
import { checkSetting, nearestName, type Setting } from '@ramble/core/app';
import { CHAT_SAMPLING, chatSampling, type ChatTemplate } from '@ramble/core/domain';
import { shownText } from '@ramble/core/files';
import {
  type CheckedSampling,
  foreignAdvice,
  foreignNamesOf,
  samplingRules,
  type SamplingRules,
} from '@ramble/core/sampling';

import type { OpenModel } from '../../model/open-model.js';
import { flagName, parseNumber, settingsIn, type Values, withDefaults } from '../../verb/flag.js';
import { SEED_SETTING, type TokenRuleFlags, tokenRules } from '../sample/sampling-flags.js';

/**
 * Sampling settings that chat does not have. They are for beam search, for several outputs, and for a context window
 * that slides: an answer ends when the context is full.
 */
const LEFT_OUT = [
  'numBeams',
  'nBest',
  'lengthPenalty',
  'lengthPenaltyForm',
  'earlyStopping',
  'renormalizeLogits',
  'slideShare',
];

const MAX_NEW_TOKENS: Setting = {
  kind: 'integer',
  basic: true,
  min: 1,
  derived: 'as many as fit into the context',
  description: 'Maximum number of tokens of an answer.',
};

/** The sampling settings of a chat. */
export const CHAT_SETTINGS: Readonly<Record<string, Setting>> = withDefaults(
  Object.fromEntries(
    Object.entries<Setting>({
      ...SAMPLING_SETTINGS,
      method: { ...SAMPLING_SETTINGS.method, derived: 'random' },
      seed: SEED_SETTING,
      maxNewTokens: MAX_NEW_TOKENS,
    }).filter(([name]) => !LEFT_OUT.includes(name)),
  ),
  CHAT_SAMPLING,
);

/**
 * Returns the checked sampling settings of a chat. The given settings override the ones that the chat template
 * recommends (`sampling`), or `CHAT_SAMPLING` if it recommends none.
 */
export function readSampling(
  settings: Values,
  { sampling, ...usual }: Partial<SamplingConfig> & Pick<ChatTemplate, 'sampling'> = {},
): CheckedSampling {
  const given = settingsIn(SAMPLING_SETTINGS, settings);
  return samplingConfig({ ...usual, ...chatSampling({ sampling }, given) });
}

/** The sampling settings of a chat, which change between answers. */
export interface ChatSettings {
  /** Rules for the next token of an answer. */
  readonly rules: SamplingRules;
  /**
   * Sets a setting by its name, which may be a flag's or another program's: `topP`, `top-p`, `num_predict`.
   *
   * @returns the setting with its new value, for the user.
   * @throws Error that names the setting. The settings are then unchanged.
   */
  set(name: string, value: string): string;
  /**
   * Returns the settings that differ from the defaults in `SAMPLING_SETTINGS`, as text, by the names of their flags
   * without `--`: `top-p`.
   */
  shown(): Record<string, string>;
}

/** Creates the sampling settings of a chat. Their first values come from the command line. */
export function chatSettings(
  given: Values,
  flags: TokenRuleFlags,
  { domain, model }: Pick<OpenModel, 'domain' | 'model'>,
  constraint?: Grammar<unknown>,
): ChatSettings {
  const { size } = domain.vocabulary;
  const tokens = { ...tokenRules(flags, domain.stopTokens, size), constraint };
  const rulesOf = (values: Values): SamplingRules => {
    const usual = {
      maxNewTokens: model.config.contextLength,
      sampling: domain.chatTemplate?.sampling,
    };
    return samplingRules(size, readSampling(values, usual), tokens);
  };
  let values = given;
  let rules = rulesOf(values);
  return {
    get rules() {
      return rules;
    },
    set: (typed, text) => {
      const name = settingOf(typed, text);
      const changed = { ...values, [name]: parseSetting(name, text) };
      rules = rulesOf(changed);
      values = changed;
      return `${wordOf(name)} is ${rules.config[name]}`;
    },
    shown: () => {
      const table: Readonly<Record<string, Setting>> = SAMPLING_SETTINGS;
      const others = Object.entries(rules.config).filter(
        ([name, value]) => name in CHAT_SETTINGS && value !== table[name].default,
      );
      return Object.fromEntries(others.map(([name, value]) => [wordOf(name), String(value)]));
    },
  };
}

const wordOf = (name: string): string => flagName(name).slice(2);

/**
 * Returns the setting that the user means by a name, which may be a flag's or another program's.
 *
 * @throws Error for a name that no setting of a chat has.
 */
function settingOf(typed: string, text: string): keyof SamplingConfig {
  const known = Object.keys(CHAT_SETTINGS);
  const word = wordOf(typed.replace(/^-+/, ''));
  const name = foreignNamesOf(known).get(word.replaceAll('-', '_'));
  if (name !== undefined) return name as keyof SamplingConfig; // one of the known names
  if (typed === '') {
    throw new Error(
      `/set: needs a name and a value, such as temperature 0.5; the names are ${known.map(wordOf).join(', ')}`,
    );
  }
  if (typed === 'system') throw new Error('/set system: /system sets the system prompt');
  const advice = foreignAdvice(typed, text, known);
  const nearest = nearestName(typed, known);
  const hint =
    advice?.because ??
    (nearest === undefined ? '/set lists the names' : `Did you mean ${wordOf(nearest)}?`);
  throw new Error(`/set: expected the name of a setting, got ${shownText(typed)}; ${hint}`);
}

/**
 * Parses and checks the value of a setting.
 *
 * @throws TypeError or RangeError that names the setting.
 */
function parseSetting(name: string, text: string): unknown {
  const setting = CHAT_SETTINGS[name];
  const value = setting.kind === 'choice' ? text : parseNumber(text);
  checkSetting(wordOf(name), setting, value);
  return value;
}
