import type { AnyApp } from '@ramble/core';
import { shownText } from '@ramble/core/files';
import { checkpointFolder, type LoadedRun, openRun } from '@ramble/runs';
import { findRun } from '@ramble/runs/node';

import type { DomainCall, SettingGroup } from '../verb/verb.js';
import { zeroShotFeature } from '../verb/app-features.js';

/** Flag of verbs that may use a model of another domain, for apps that support such models. */
export function zeroShotSettings(app: AnyApp): readonly SettingGroup[] {
  if (!zeroShotFeature.of(app)) return [];
  const description =
    'Use a model of text, which was not trained for this: an instruct model is asked by its chat template.';
  const settings = {
    zeroShot: { kind: 'boolean', basic: true, default: false, description },
  } as const;
  return [{ title: 'Models of another domain', settings }];
}

/** Applies `--zero-shot` to a call: its app then reads runs of the other domain. */
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

/**
 * Whether a model is untrained. A run that was imported or averaged is at step 0 too, but it has an origin or no
 * training state.
 */
export async function learnedNothing({
  storage,
  step,
  description,
}: Pick<LoadedRun, 'storage' | 'step' | 'description'>): Promise<boolean> {
  if (step > 0 || description.origin) return false;
  return (await storage.list(checkpointFolder(step))).includes('training.json');
}
