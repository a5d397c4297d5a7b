import { SAMPLING_SETTINGS, type SettingTable } from '@ramble/core';

import type { DomainCall } from '../../verb/verb.js';

/** Setting `--seed`: outputs are new each time unless the user gives a seed. */
export const SEED_SETTING: SettingTable<{ readonly seed?: number }>['seed'] = {
  kind: 'integer',
  basic: true,
  min: SAMPLING_SETTINGS.seed.min,
  derived: 'a new one each time, which is printed',
  description: 'Seed of the random numbers: the same one gives the same outputs.',
};

/** A call whose settings have a seed: the one given, or a new one. */
export function withSeed<Call extends Pick<DomainCall<unknown>, 'settings' | 'io'>>(
  call: Call,
): Call {
  const { settings, io } = call;
  return settings.seed === undefined
    ? { ...call, settings: { ...settings, seed: io.newSeed() } }
    : call;
}
