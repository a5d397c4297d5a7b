import { checkSettings, type Files, type SettingTable } from '@ramble/core';
import { parseJson, shownText } from '@ramble/core/files';

import { TRANSLATION_OPTIONS, type TranslationOptions } from './translation-options.js';

/** The settings of reading pairs that a run keeps in addition to the tokenizer. */
export interface TranslationSettings extends Pick<
  TranslationOptions,
  'bothDirections' | 'sourceLoss' | 'longPairs'
> {
  /** Languages of a pair or a prompt that does not name its own. */
  readonly from: string;
  readonly to: string;
}

const SETTINGS_FILE = 'translation.json';
const { bothDirections, sourceLoss, longPairs } = TRANSLATION_OPTIONS;
const SETTINGS: SettingTable<TranslationSettings> = {
  from: { kind: 'string', description: 'Language that is translated.' },
  to: { kind: 'string', description: 'Language that it is translated into.' },
  bothDirections: { ...bothDirections, default: undefined },
  sourceLoss: { ...sourceLoss, default: undefined },
  longPairs: { ...longPairs, default: undefined },
};

export function saveSettings(settings: TranslationSettings): Files {
  return { [SETTINGS_FILE]: `${JSON.stringify(settings, undefined, 2)}\n` };
}

/**
 * Reads and checks the saved settings of the domain.
 *
 * @param languages - Those that the tokenizer has a tag for.
 * @throws Error that names the file, when it is missing or not as it should be.
 */
export function loadSettings(files: Files, languages: readonly string[]): TranslationSettings {
  try {
    if (!Object.hasOwn(files, SETTINGS_FILE))
      throw new Error('expected settings, got no such file');
    const json: unknown = parseJson(files[SETTINGS_FILE]);
    if (typeof json !== 'object' || json === null) throw new Error('expected an object');
    const settings = checkSettings(SETTINGS, { ...json }); // any JSON
    if (!languages.includes(settings.to)) {
      throw new Error(`to: expected one of ${languages.join(', ')}, got ${shownText(settings.to)}`);
    }
    return settings;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${SETTINGS_FILE}: ${reason}`, { cause: error });
  }
}
