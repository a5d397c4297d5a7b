import type { AnyApp } from '@ramble/core';
import { shownText } from '@ramble/core/files';
import { findRun } from '@ramble/runs/node';
import { openRun } from '@ramble/runs';

import {
  type AppEntry,
  canRun,
  commandLine,
  domainHint,
  type DomainVerb,
  modelWord,
} from '../verb/verb.js';
import { UsageError } from '../verb/exit-errors.js';
import { runsHere } from './runs-here.js';

/** A typed verb of a domain, with the words after it. */
interface Typed {
  /** Verb as typed, possibly under another program's name. */
  readonly word: string;
  readonly verb: DomainVerb;
  /** The words after the verb. */
  readonly words: readonly string[];
  /** Domain that the verb's name implies: translation for `translate`. */
  readonly domain?: string;
}

/**
 * Returns the error for a verb that needs a domain and was typed without one. It suggests the same command with a
 * domain: the domain of the run that the command names, or the domain that the verb's name implies, or else the first
 * domain with this verb.
 */
export async function missingDomain(
  { word, verb, words, domain }: Typed,
  apps: readonly AppEntry[],
): Promise<UsageError> {
  const subject = `${word}: expected a domain before the verb, got none`;
  const run = modelWord(words);
  const ofRun = run === undefined ? undefined : await domainOf(run);
  if (ofRun !== undefined) {
    const hint = domainHint(ofRun, verb, words, apps);
    return new UsageError(`${subject}; ${run} is of the domain ${shownText(ofRun)}; ${hint}`);
  }
  if (domain !== undefined && apps.some(({ name }) => name === domain)) {
    return new UsageError(`${subject}; ${ofName(domain, { verb, words })}`);
  }
  const names = apps.filter((entry) => canRun(entry, verb)).map(({ name }) => name);
  const command = commandLine(names[0], verb.name, ...words);
  return new UsageError(`${subject}: ${names.join(', ')} or ./mine.js; use ${command}`);
}

/**
 * Returns advice to type the command with its domain: `use ramble translation translate --model RUN`. RUN is a run in
 * the current folder, if it has one.
 */
function ofName(domain: string, { verb, words }: Pick<Typed, 'verb' | 'words'>): string {
  const found = runsHere(domain).at(0);
  const model = modelWord(words) === undefined ? ['--model', found ?? 'RUN'] : [];
  const use = `use ${commandLine(domain, verb.name, ...model, ...words)}`;
  if (found !== undefined || model.length === 0) return use;
  return `${use}, where RUN is a folder that ${commandLine(domain, 'train')} made`;
}

/**
 * Returns the error for a verb that the domain typed before it does not support.
 *
 * @param domain - The domain as it was typed.
 */
export async function unableDomain(
  { verb, words, domain, app }: Required<Omit<Typed, 'word'>> & { readonly app: AnyApp },
  apps: readonly AppEntry[],
): Promise<UsageError> {
  const subject = `${verb.name}: expected ${verb.needs?.domain ?? 'another domain'}, got ${domain}`;
  const run = modelWord(words);
  const ofRun = run === undefined ? undefined : await domainOf(run);
  if (run !== undefined && ofRun !== undefined) {
    const { instead = '--help' } = verb.needs ?? {};
    const isOwn = ofRun === app.name;
    const hint = isOwn
      ? `use ${commandLine(domain, instead, '--model', run)}`
      : domainHint(ofRun, verb, words, apps);
    return new UsageError(`${subject}; ${run} is of the domain ${shownText(ofRun)}; ${hint}`);
  }
  const able = apps.filter((entry) => canRun(entry, verb));
  const commands = able.map(({ name }) => commandLine(name, verb.name, ...words));
  const hint = commands.length > 0 ? `; use ${commands.join(' or ')}` : '';
  return new UsageError(`${subject}${hint}`);
}

/** Returns the name of a run's domain; `undefined` if no run exists at the path, or if it cannot be read. */
async function domainOf(path: string): Promise<string | undefined> {
  try {
    return (await openRun(findRun(path).storage)).description.domain.name;
  } catch {
    return undefined; // an error in the run is not the error of the command line
  }
}
