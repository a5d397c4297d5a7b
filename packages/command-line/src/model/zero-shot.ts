import type { AnyApp } from '@ramble/core';

import type { DomainCall, SettingGroup } from '../verb/verb.js';

/** The flag of verbs that may ask a model of another domain, for apps that know such. */
export function zeroShotSettings({ zeroShot }: AnyApp): readonly SettingGroup[] {
  if (!zeroShot) return [];
  const description = 'Use a model of text, which was not trained for this.';
  const settings = { zeroShot: { kind: 'boolean', default: false, description } } as const;
  return [{ title: 'Models of another domain', settings }];
}

/** The call as it is meant: with `--zero-shot` the app reads runs of the other domain. */
export function zeroShotCall<Flags>(call: DomainCall<Flags>): DomainCall<Flags> {
  const { zeroShot: isAsked, ...settings } = call.settings;
  const { app } = call;
  const { zeroShot } = app;
  if (isAsked !== true || !zeroShot) return { ...call, settings };
  const factory = { ...app.factory, load: zeroShot.load.bind(zeroShot) };
  return { ...call, settings, app: { ...app, factory, sampling: zeroShot.sampling } };
}
