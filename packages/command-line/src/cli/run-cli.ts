import type { AnyApp } from '@ramble/core';

import { EXIT, reportError, UsageError } from '../verb/exit-errors.js';
import { findApp } from '../module/find-app.js';
import { type CliSetup, partsOf, verbAdvice, verbOf, verbsOf } from './verbs-of.js';
import type { Io, Sink } from '../verb/io.js';
import {
  domainOverview,
  groupOverview,
  type HelpForm,
  overview,
  PLAIN_COLUMNS,
} from './help-layout.js';
import { canRun, type DomainVerb, ownModule, type VerbGroup, type Verbs } from '../verb/verb.js';
import type { CommandContext, NamedDomain } from './run-verb.js';
import { typedCommands } from './typed-program.js';

/**
 * Runs one command line: `ramble <domain> <verb> [options]` or `ramble <verb> [options]`. It loads only the
 * code that the command needs: help loads no engine, not even `@ramble/core`.
 *
 * @param words - Words of the command line after `ramble`.
 * @returns the exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
 */
export async function runCli(
  setup: CliSetup,
  words: readonly string[],
  given: Io,
): Promise<number> {
  const io = withTypedCommands(setup, given);
  try {
    await dispatch(setup, words, io);
    return EXIT.done;
  } catch (error) {
    const isReportedByOther = error instanceof UsageError && (await io.leavesWordsToFirst?.());
    return isReportedByOther ? EXIT.wrongUsage : await reportError(error, words, io);
  }
}

/** Wraps standard error, so that the commands in messages begin as the user typed the program, and can be pasted. */
function withTypedCommands(setup: CliSetup, io: Io): Io {
  const typed = typedCommands(setup, io.program);
  const write: Sink['write'] = (chunk) =>
    io.stderr.write(typeof chunk === 'string' ? typed(chunk) : chunk);
  return { ...io, stderr: { ...io.stderr, write } };
}

/**
 * Returns the context of a verb (everything except its own words): engines, apps, streams and the form of the help.
 */
function aroundVerb(setup: CliSetup, io: Io): CommandContext {
  const { engines, apps, verbs } = setup;
  const { firstExample } = verbs;
  return { engines, apps, io, help: helpForm(setup, io), firstExample };
}

function helpForm(setup: CliSetup, io: Io): HelpForm {
  const columns = io.stdout.columns ?? PLAIN_COLUMNS;
  return { columns, typed: typedCommands(setup, io.program) };
}

async function dispatch(setup: CliSetup, words: readonly string[], io: Io): Promise<void> {
  const { apps, verbs, version, page } = setup;
  const [word, rest] = [words.at(0), words.slice(1)];
  if (word === undefined || isHelp(word)) {
    await io.stdout.write(overview(apps, verbs, helpForm(setup, io)));
  } else if (word === 'help') {
    await dispatch(setup, [...rest, '--help'], io);
  } else if (['--version', '-V', '-v', 'version'].includes(word)) {
    await io.stdout.write(`${version}\n`);
  } else if (word === 'complete' && rest.at(0) === '--') {
    const { completeWords } = await import('./completion/complete-words.js');
    for (const { value, description } of await completeWords(rest.slice(1), setup)) {
      await io.stdout.write(`${value}\t${description}\n`);
    }
  } else if (word.startsWith('-')) {
    throw new UsageError(`${word}: expected a domain or a verb first; see ramble --help`);
  } else if (rest.at(0) === 'help') {
    await dispatch(setup, [word, ...rest.slice(1), '--help'], io);
  } else {
    const verb = verbs.plain.find(({ name }) => name === verbOf(word, verbs));
    const group = verbs.groups.find(({ name }) => name === word);
    if (verb) {
      const { runPlainVerb } = await import('./run-verb.js');
      await runPlainVerb(verb, 'ramble', rest, { ...aroundVerb(setup, io), page });
    } else if (group) {
      await dispatchGroup(setup, group, rest, io);
    } else {
      await dispatchDomain(setup, word, rest, io);
    }
  }
}

async function dispatchGroup(
  setup: CliSetup,
  group: VerbGroup,
  words: readonly string[],
  io: Io,
): Promise<void> {
  const [verbName, rest] = [words.at(0), words.slice(1)];
  if (verbName === undefined || isHelp(verbName)) {
    await io.stdout.write(groupOverview(group, helpForm(setup, io)));
    return;
  }
  const command = `ramble ${group.name}`;
  const verb = group.verbs.find(({ name }) => name === verbName);
  if (!verb) {
    const known = group.verbs.map(({ name }) => name);
    const { unknownName } = await import('../verb/unknown-name.js');
    throw unknownName(verbName, `verb of ${command}`, known, `Expected one of ${known.join(', ')}`);
  }
  const { runPlainVerb } = await import('./run-verb.js');
  await runPlainVerb(verb, command, rest, aroundVerb(setup, io));
}

async function dispatchDomain(
  setup: CliSetup,
  word: string,
  words: readonly string[],
  io: Io,
): Promise<void> {
  const { apps, verbs } = setup;
  const [verbName, rest] = [words.at(0), words.slice(1)];
  const entry = apps.find(({ name }) => name === word);
  if (entry && (verbName === undefined || isHelp(verbName))) {
    await io.stdout.write(domainOverview(word, entry, verbs, helpForm(setup, io)));
    return;
  }
  const named = await namedDomain(setup, word, io);
  if (!named) {
    await withoutDomain(setup, word, words, io);
    return;
  }
  const app = named.declared;
  if (verbName === undefined || isHelp(verbName)) {
    const { description } = app;
    const shown = { description, parts: partsOf(app) };
    await io.stdout.write(domainOverview(word, shown, verbs, helpForm(setup, io)));
    return;
  }
  const verb = verbs.ofDomains.find(({ name }) => name === verbOf(verbName, verbs));
  if (verbName.startsWith('-')) {
    throw new UsageError(`${verbName}: expected a verb first; see ramble ${word} --help`);
  }
  if (!verb) {
    const plain = verbs.plain.find(({ name }) => name === verbOf(verbName, verbs));
    if (!plain || !('domain' in (await plain.load()).flags)) {
      throw await unknownVerb(verbName, { word, app }, verbs);
    }
    const { runPlainVerb } = await import('./run-verb.js');
    const given = entry ? rest : [...rest, '--domain', word];
    await runPlainVerb(plain, 'ramble', given, { ...aroundVerb(setup, io), page: setup.page });
    return;
  }
  if (!verbsOf({ parts: partsOf(app) }, [verb]).includes(verb)) {
    const { unableDomain } = await import('./missing-domain.js');
    throw await unableDomain({ verb, words: rest, domain: word, app }, apps);
  }
  const { runDomainVerb } = await import('./run-verb.js');
  await runDomainVerb(verb, named, rest, aroundVerb(setup, io));
}

/**
 * Finds the app that a word names; `undefined` if there is no such app. If the app has a separate declaration
 * (`AppEntry.declare`), only the declaration is loaded.
 */
async function namedDomain(
  { apps }: CliSetup,
  word: string,
  io: Io,
): Promise<NamedDomain | undefined> {
  const entry = apps.find(({ name }) => name === word);
  if (entry?.declare) {
    const declared = (await entry.declare()) as AnyApp; // flags and help read nothing else
    return { word, declared, load: () => entry.load() };
  }
  const app = await findApp(apps, word, io);
  return app && { word, declared: app, load: () => Promise.resolve(app) };
}

/**
 * Shows the help of a verb that was typed in place of a domain, if `words` ask for help.
 *
 * @throws UsageError in all other cases, with the probable meaning of the word.
 */
async function withoutDomain(
  setup: CliSetup,
  word: string,
  words: readonly string[],
  io: Io,
): Promise<void> {
  const { apps, verbs } = setup;
  const verb = verbs.ofDomains.find(({ name }) => name === verbOf(word, verbs));
  const domain = Object.hasOwn(verbs.domains, word) ? verbs.domains[word] : undefined;
  if (verb && words.some(isHelp)) {
    await helpWithoutDomain({ verb, domain, words }, setup, io);
    return;
  }
  if (verb) {
    const { missingDomain } = await import('./missing-domain.js');
    throw await missingDomain({ word, verb, words, domain }, apps);
  }
  const advice = verbAdvice(word, apps[0].name, verbs);
  if (advice !== undefined) throw new UsageError(`${word}: unknown domain or verb. ${advice}`);
  const known = [...apps, ...verbs.plain, ...verbs.groups].map(({ name }) => name);
  const { unknownName } = await import('../verb/unknown-name.js');
  const hint = `A domain of your own is named by its path: ${ownModule(word)}`;
  throw unknownName(word, 'domain or verb', known, hint);
}

/** Returns the error for a word after a domain, if the word names no verb of the domain. */
async function unknownVerb(
  verbName: string,
  { word, app }: { readonly word: string; readonly app: AnyApp },
  verbs: Verbs,
): Promise<UsageError> {
  const known = verbsOf({ parts: partsOf(app) }, verbs.ofDomains).map(({ name }) => name);
  const what = `verb of ramble ${word}`;
  const advice = verbAdvice(verbName, word, verbs) ?? placeOfVerb(verbName, verbs);
  if (advice !== undefined) return new UsageError(`${verbName}: unknown ${what}. ${advice}`);
  const { unknownName } = await import('../verb/unknown-name.js');
  return unknownName(verbName, what, known, `Expected one of ${known.join(', ')}`);
}

/** Shows the help of a verb that was typed without a domain: the help of one domain, with the names of the others. */
async function helpWithoutDomain(
  {
    verb,
    domain,
    words,
  }: { readonly verb: DomainVerb; readonly domain?: string; readonly words: readonly string[] },
  setup: CliSetup,
  io: Io,
): Promise<void> {
  const able = setup.apps.filter((entry) => canRun(entry, verb)).map(({ name }) => name);
  const shown = domain ?? able[0];
  await dispatchDomain(setup, shown, [verb.name, ...words], io);
  const others = able.filter((name) => name !== shown).map((name) => `ramble ${name} ${verb.name}`);
  if (others.length === 0) return;
  await io.stderr.write(`This is ${verb.name} of ${shown}; the others: ${others.join(', ')}\n`);
}

/**
 * Returns a hint if a word typed after a domain is a verb that takes no domain: `It has no domain: ramble engines`.
 */
function placeOfVerb(word: string, verbs: Verbs): string | undefined {
  const plain = [...verbs.plain, ...verbs.groups].find(({ name }) => name === verbOf(word, verbs));
  return plain && `It has no domain: ramble ${plain.name}`;
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h' || word === '--help-all';
}
