import type { AnyApp } from '@ramble/core';
import { shownText } from '@ramble/core/files';
import { findRun } from '@ramble/runs/node';
import { openRun } from '@ramble/runs';

import type { DomainCall, SettingGroup } from '../verb/verb.js';
import { zeroShotFeature } from './model-features.js';

/** The flag of verbs that may ask a model of another domain, for apps that know such. */
export function zeroShotSettings(app: AnyApp): readonly SettingGroup[] {
  if (!zeroShotFeature.of(app)) return [];
  const description =
    'Use a model of text, which was not trained for this: an instruct model is asked by its chat template.';
  const settings = {
    zeroShot: { kind: 'boolean', basic: true, default: false, description },
  } as const;
  return [{ title: 'Models of another domain', settings }];
}

/** The call as it is meant: with `--zero-shot` the app reads runs of the other domain. */
export async function zeroShotCall<Flags extends { readonly model: string }>(
  call: DomainCall<Flags>,
): Promise<DomainCall<Flags>> {
  const { zeroShot: isAsked, ...settings } = call.settings;
  const { app, flags } = call;
  const zeroShot = zeroShotFeature.of(app);
  if (isAsked !== true || !zeroShot) return { ...call, settings };
  const factory = { ...app.factory, load: zeroShot.load.bind(zeroShot) };
  const { storage } = findRun(flags.model);
  const { name } = (await openRun(storage)).description.domain;
  if (name !== zeroShot.domain) {
    const remedy = name === app.name ? '; leave --zero-shot out' : '';
    throw new Error(
      `${flags.model}: expected a run of the domain ${zeroShot.domain} with --zero-shot, got one of ${shownText(name)}${remedy}`,
    );
  }
  const names = await storage.list('domain');
  return { ...call, settings, app: { ...app, factory, sampling: zeroShot.sampling(names) } };
}
