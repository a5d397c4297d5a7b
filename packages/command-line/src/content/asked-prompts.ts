import { type AnyApp, checkSettings } from '@ramble/core';

import { UsageError } from '../verb/exit-errors.js';
import { flagName } from '../verb/flag-name.js';
import { settingsIn } from '../verb/settings-in.js';
import type { SettingGroup } from '../verb/verb.js';

type Values = Readonly<Record<string, unknown>>;

/** The prompts of a command line. */
export interface AskedPrompts {
  /** The file that a setting of the app's own names. */
  readonly file?: string;
  readonly reader: Pick<AnyApp, 'readPrompt'>;
  /**
   * Checks that at most one flag gives a prompt.
   *
   * @param given - Flags that give prompts, by name in camelCase.
   * @throws UsageError when more than one does.
   */
  readonly checkPlaces: (given: Values) => void;
}

/** The settings of an app's prompts. */
export function promptSettings({ prompting }: Pick<AnyApp, 'prompting'>): SettingGroup[] {
  return prompting ? [{ title: 'Prompt', settings: prompting.settings }] : [];
}

/**
 * The prompts that a command line asks for, read with the app's settings.
 *
 * @param settings - Of the app's prompts, among others.
 */
export function askedPrompts(
  app: Pick<AnyApp, 'readPrompt' | 'prompting'>,
  settings: Values,
): AskedPrompts {
  const { prompting } = app;
  const own = settingsIn(prompting?.settings ?? {}, settings);
  const wishes = prompting && checkSettings<unknown>(prompting.settings, own);
  const files = Object.fromEntries((prompting?.files ?? []).map((name) => [name, own[name]]));
  return {
    file: Object.values(files).find((path) => path !== undefined) as string | undefined, // of kind `string`
    reader: {
      readPrompt: (content, options) => {
        const prompt = app.readPrompt(content, options);
        return prompting ? prompting.apply(prompt, wishes) : prompt;
      },
    },
    checkPlaces: (given) => {
      const all: Values = { ...given, ...files };
      const places = Object.keys(all).filter((each) => all[each] !== undefined);
      if (places.length < 2) return;
      const [first, second] = places.map(flagName);
      throw new UsageError(`${second}: expected the prompt once, got ${first} too`);
    },
  };
}
