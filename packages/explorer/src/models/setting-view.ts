import type { Setting } from '@ramble/core/app';

import type { SettingView } from '../contract.js';

interface ViewOptions {
  /** Defaults that replace the table's. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Settings that name a file. */
  readonly files?: readonly string[];
}

/**
 * Converts a table of settings to fields of a form. Records are left out, because forms have no field for
 * them.
 */
export function settingViews(
  table: Readonly<Record<string, Setting & Pick<SettingView, 'only'>>>,
  { defaults = {}, files = [] }: ViewOptions = {},
): SettingView[] {
  return Object.entries(table).flatMap(([name, setting]) => {
    const kind = files.includes(name) ? 'file' : kindOf(setting);
    if (kind === undefined) return [];
    const { description, derived, only } = setting;
    const usual = (defaults[name] ?? setting.default) as SettingView['default']; // no record has one
    const view: SettingView = {
      ...{ name, kind, description },
      ...(usual === undefined ? { derived } : { default: usual }),
      ...rangeOf(setting),
      ...(kind === 'choice' && 'choices' in setting && { choices: setting.choices }),
      ...(only && { only }),
    };
    return [view];
  });
}

/** Returns the kind of a setting's field; comma-separated choices are a text. */
function kindOf(setting: Setting): SettingView['kind'] | undefined {
  if (setting.kind === 'object') return undefined;
  return setting.kind === 'choice' && setting.isPattern ? 'string' : setting.kind;
}

function rangeOf(setting: Setting): Pick<SettingView, 'min' | 'max'> {
  if (setting.kind !== 'integer' && setting.kind !== 'number') return {};
  const { min, max } = setting;
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}
