import { existsSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';

import type { AnyApp } from '@ramble/core';
import { nearestName } from '@ramble/core/app';
import { shownText } from '@ramble/core/files';
import { isModelName, listModels, openDataFiles, type OpenDataOptions } from '@ramble/datasets';
import { NoRunError, RunDomainError } from '@ramble/runs';

import {
  type AppEntry,
  commandLine,
  domainHint,
  type DomainVerb,
  ownModule,
  shellQuoted,
} from '../verb/verb.js';
import { zeroShotFeature } from '../verb/app-features.js';
import { UsageError } from '../verb/exit-errors.js';
import { flagName } from '../verb/flag.js';
import { HUB_URL } from '../hugging-face/find-model.js';
import { noExamples } from '../model/open-model.js';
import { folderRuns, foundRuns, runsHere } from './runs-here.js';

/**
 * Adds a remedy to the error that a run is missing: to import the model of that name, or to name another run.
 *
 * @param takesModel - Returns whether the missing run is the value of a flag that accepts any model.
 * @returns the error with a remedy; any other error unchanged.
 */
export function adviseRun(error: unknown, takesModel: (place: string) => boolean): unknown {
  if (!(error instanceof NoRunError) || !takesModel(error.place)) return error;
  const { place } = error;
  if (existsSync(place)) {
    const inside = folderRuns(`${place}/`);
    if (inside.length > 0) return new NoRunError(place, `there are ${inside.join(', ')}`);
    const parent = dirname(place);
    return existsSync(join(parent, 'run.json')) ? new NoRunError(place, `use ${parent}`) : error;
  }
  if (place.endsWith('.gguf')) return new NoRunError(place, 'there is no such file either');
  const name = place.replace(HUB_URL, '');
  if (isModelName(name) && !existsSync(dirname(name))) {
    const command = commandLine('text', 'import', name, '--out', `runs/${basename(name)}`);
    return new NoRunError(
      place,
      `for the model of that name on the Hugging Face Hub use ${command}`,
    );
  }
  const known = [...runsHere(), ...listModels().map((model) => model.name)];
  const nearest = nearestName(place, known);
  if (nearest !== undefined) return new NoRunError(place, `did you mean ${nearest}?`);
  const runs = foundRuns();
  if (runs !== '') return new NoRunError(place, `there are ${runs}`);
  return new NoRunError(
    place,
    'name the folder of a run, a Hugging Face folder, a GGUF file, or a model that ramble data list names',
  );
}

/** A failed verb of a domain, with the facts from which advice is made. */
interface FailedVerb {
  readonly app: AnyApp;
  readonly verb: DomainVerb;
  /** The words after the verb's name. */
  readonly words: readonly string[];
  /** Whether the verb has the flag `--zero-shot`. */
  readonly hasZeroShot: boolean;
}

/** Adds a command that works to the error that a run belongs to another domain; returns any other error unchanged. */
export function adviseDomain(
  error: unknown,
  { app, verb, words, hasZeroShot }: FailedVerb,
  apps: readonly AppEntry[],
): unknown {
  if (!(error instanceof RunDomainError) || error.domain === app.name) return error;
  const { domain, unread, message } = error;
  const hint = domainHint(domain, verb, words, apps);
  const isAskable = hasZeroShot && domain === zeroShotFeature.of(app)?.domain;
  const also = isAskable ? ', or ask this model with --zero-shot' : '';
  const what =
    unread === undefined
      ? message // else it replaces an error about reading that run
      : `${unread}: expected a run of the domain ${app.name}, got ${shownText(domain)}`;
  return new Error(`${what}; ${hint}${also}`, { cause: error });
}

/**
 * Returns the error for a file that was given as a model, but is only a part of one (such as its weights) or is data.
 *
 * @param flag - Name of the setting whose value is the file, in camelCase.
 * @param app - The app of the verb, if it has a domain.
 */
export async function fileAsModel(
  flag: string,
  file: string,
  app: AnyApp | undefined,
  apps: readonly AppEntry[],
): Promise<UsageError> {
  const folder = dirname(file);
  const isPart = ['run.json', 'config.json'].some((name) => existsSync(join(folder, name)));
  if (isPart || /(?:^|[\\/])checkpoints[\\/]\d+$/.test(folder)) {
    const use = `use ${flagName(flag)} ${shellQuoted(folder)}`;
    return new UsageError(`${file}: expected the folder of a model, got a file in it; ${use}`);
  }
  const reader = await readerOf(file, app, apps);
  const name = basename(file, extname(file));
  const train = reader && commandLine(reader, 'train', '--data', file, '--out', `runs/${name}`);
  const hint = train === undefined ? '' : `; to train on it as data, use ${train}`;
  return new UsageError(
    `${file}: expected the folder of a run, a Hugging Face folder, a GGUF file or the name of a model, got another file${hint}`,
  );
}

/** Returns the name of the first app that can read a file as data; the verb's own app is tried first. */
async function readerOf(
  file: string,
  app: AnyApp | undefined,
  apps: readonly AppEntry[],
): Promise<string | undefined> {
  const others = apps.filter(({ name }) => name !== app?.name);
  const loads = others.map((entry) => () => entry.load());
  for (const load of app ? [() => app, ...loads] : loads) {
    const { name, data } = await load();
    const { extensions, fields } = data;
    if (await isData(file, { extensions, fields, stdin: noExamples() }))
      return apps.some((entry) => entry.name === name) ? name : ownModule(name);
  }
  return undefined;
}

/** Whether the beginning of a file can be read as data. */
async function isData(file: string, options: OpenDataOptions): Promise<boolean> {
  try {
    const [data] = await openDataFiles([file], options);
    for await (const bytes of data.chunks()) if (bytes.length > 0) return true;
  } catch {
    // It is of another kind.
  }
  return false;
}
