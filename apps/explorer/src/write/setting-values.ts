import type { SettingView } from '@ramble/explorer';

/**
 * Values in a form, by the name of the setting: the text of a field, or whether a box is ticked.
 */
export type FieldValues = Readonly<Record<string, string | boolean>>;

/** Returns the settings with other default values, given by name. */
export function withDefaults(
  settings: readonly SettingView[],
  defaults: Readonly<Record<string, number>>,
): readonly SettingView[] {
  return settings.map((setting) => {
    const usual = defaults[setting.name];
    return usual === undefined ? setting : { ...setting, default: usual };
  });
}

/** Converts the form to values for calls, without empty fields and settings without an effect. */
export function settingValues(
  settings: readonly SettingView[],
  fields: FieldValues,
): Record<string, unknown> {
  return Object.fromEntries(
    effective(settings, fields).flatMap((setting) => {
      const field = fields[setting.name];
      return field === undefined || field === '' ? [] : [[setting.name, valueOf(setting, field)]];
    }),
  );
}

/** Returns the settings that have an effect with these values: settings of beam search need beams, for example. */
export function effective(
  settings: readonly SettingView[],
  fields: FieldValues,
): readonly SettingView[] {
  const valueIn = (name: string) => {
    const setting = settings.find((it) => it.name === name);
    const field = fields[name];
    return field === undefined || field === '' ? setting?.default : field;
  };
  const hasBeams = Number(valueIn('numBeams') ?? 1) > 1;
  const method = valueIn('method') ?? (hasBeams ? 'greedy' : 'random');
  return settings.filter(({ name, only }) => {
    if (only === 'beams') return hasBeams;
    if (only !== 'random') return true;
    return method === 'random' && (name === 'temperature' || Number(valueIn('temperature')) !== 0);
  });
}

function valueOf({ kind }: SettingView, field: string | boolean): unknown {
  return kind === 'integer' || kind === 'number' ? Number(field) : field;
}

/** Returns the fields that the parameters of an address fill. */
export function fieldsIn(
  params: Readonly<Record<string, string>>,
  settings: readonly SettingView[],
): FieldValues {
  return Object.fromEntries(
    settings.flatMap(({ name, kind }) => {
      const value = params[name];
      return value === undefined ? [] : [[name, kind === 'boolean' ? value === 'true' : value]];
    }),
  );
}

/**
 * Named values of the settings that decide how freely a model writes. `normal` leaves the model's defaults, so its
 * settings are empty.
 */
export const PRESETS: Readonly<Record<string, FieldValues>> = {
  careful: { temperature: '0.5', topP: '0.85' },
  normal: { temperature: '', topP: '' },
  wild: { temperature: '1.2', topP: '1' },
};

/** Returns the name of the preset whose values a form has; `undefined` if it has values of its own. */
export function presetIn(fields: FieldValues): string | undefined {
  return Object.keys(PRESETS).find((name) =>
    Object.entries(PRESETS[name] ?? {}).every(([field, value]) => (fields[field] ?? '') === value),
  );
}
