import type { Setting } from '@ramble/core';

type Settings = Readonly<Record<string, Setting>>;

/** Settings whose help tells the defaults of an app, where it has its own. */
export function withDefaults(
  settings: Settings,
  defaults: Readonly<Record<string, unknown>> = {},
): Settings {
  const entries = Object.entries(settings).map(([name, setting]): [string, Setting] => {
    if (!Object.hasOwn(defaults, name)) return [name, setting];
    return [name, { ...setting, default: defaults[name] } as Setting]; // an app's are checked when they are used
  });
  return Object.fromEntries(entries);
}
