import { inspect } from 'node:util';

import { visibleText } from '@ramble/core/files';
import { createColors } from 'picocolors';

import {
  AgreedError,
  BrokenPipeError,
  EXIT,
  InterruptedError,
  LaunchedError,
  RankError,
  UsageError,
} from '../verb/exit-errors.js';
import { findApp } from '../module/find-app.js';
import { verbAdvice, verbOf } from './foreign-verbs.js';
import type { Io } from '../verb/io.js';
import { domainOverview, groupOverview, overview } from './overview.js';
import type { VerbGroup, Verbs } from '../verb/verb.js';
import type { CliSetup } from './cli-setup.js';
import { checkVerb, partsOf, verbsOf } from './verbs-of.js';

/** Characters of an error's message that are shown; paths may have 4,096 together. */
const LONGEST_MESSAGE = 5000;

/**
 * Runs one command line: `ramble <domain> <verb> [options]` or `ramble <verb> [options]`. Nothing is
 * loaded that the words do not ask for: help needs no engine, not even `@ramble/core`.
 *
 * @param words - What was typed after `ramble`.
 * @returns the exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
 */
export async function runCli(setup: CliSetup, words: readonly string[], io: Io): Promise<number> {
  try {
    await dispatch(setup, words, io);
    return EXIT.done;
  } catch (error) {
    const isToldByOther = error instanceof UsageError && (await io.leavesWordsToFirst?.());
    return isToldByOther ? EXIT.wrongUsage : await report(error, words, io);
  }
}

async function dispatch(setup: CliSetup, words: readonly string[], io: Io): Promise<void> {
  const { engines, apps, verbs, version, page } = setup;
  const [word, rest] = [words.at(0), words.slice(1)];
  if (word === undefined || isHelp(word)) {
    await io.stdout.write(overview(apps, verbs));
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
  } else {
    const verb = verbs.plain.find(({ name }) => name === verbOf(word, verbs));
    const group = verbs.groups.find(({ name }) => name === word);
    if (verb) {
      const { runPlainVerb } = await import('./run-verb.js');
      await runPlainVerb(verb, 'ramble', rest, { engines, apps, page, io });
    } else if (group) {
      await dispatchGroup(setup, group, rest, io);
    } else {
      await dispatchDomain(setup, word, rest, io);
    }
  }
}

async function dispatchGroup(
  { engines, apps }: CliSetup,
  group: VerbGroup,
  words: readonly string[],
  io: Io,
): Promise<void> {
  const [verbName, rest] = [words.at(0), words.slice(1)];
  if (verbName === undefined || isHelp(verbName)) {
    await io.stdout.write(groupOverview(group));
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
  await runPlainVerb(verb, command, rest, { engines, apps, io });
}

async function dispatchDomain(
  { engines, apps, verbs }: CliSetup,
  word: string,
  words: readonly string[],
  io: Io,
): Promise<void> {
  const [verbName, rest] = [words.at(0), words.slice(1)];
  const entry = apps.find(({ name }) => name === word);
  if (entry && (verbName === undefined || isHelp(verbName))) {
    await io.stdout.write(domainOverview(word, entry, verbs));
    return;
  }
  const app = await findApp(apps, word, io);
  if (!app) {
    if (verbs.ofDomains.some(({ name }) => name === verbOf(word, verbs))) {
      const { missingDomain } = await import('./missing-domain.js');
      throw await missingDomain(verbOf(word, verbs), words, apps);
    }
    const advice = verbAdvice(word, apps[0].name, verbs);
    if (advice !== undefined) throw new UsageError(`${word}: unknown domain or verb. ${advice}`);
    const known = [...apps, ...verbs.plain, ...verbs.groups].map(({ name }) => name);
    const { unknownName } = await import('../verb/unknown-name.js');
    const hint = `A domain of your own is named by its path: ./${word}.js`;
    throw unknownName(word, 'domain or verb', known, hint);
  }
  if (verbName === undefined || isHelp(verbName)) {
    const { description } = app;
    await io.stdout.write(domainOverview(word, { description, parts: partsOf(app) }, verbs));
    return;
  }
  const verb = verbs.ofDomains.find(({ name }) => name === verbOf(verbName, verbs));
  if (!verb) {
    const known = verbsOf({ parts: partsOf(app) }, verbs.ofDomains).map(({ name }) => name);
    const what = `verb of ramble ${word}`;
    const advice = verbAdvice(verbName, word, verbs) ?? placeOfVerb(verbName, verbs);
    if (advice !== undefined) throw new UsageError(`${verbName}: unknown ${what}. ${advice}`);
    const { unknownName } = await import('../verb/unknown-name.js');
    throw unknownName(verbName, what, known, `Expected one of ${known.join(', ')}`);
  }
  checkVerb(verb, { app, word }, apps);
  const { runDomainVerb } = await import('./run-verb.js');
  await runDomainVerb(verb, { app, word }, rest, { engines, apps, io });
}

/** Where a verb belongs that was typed after a domain and has none. */
function placeOfVerb(word: string, verbs: Verbs): string | undefined {
  const plain = [...verbs.plain, ...verbs.groups].find(({ name }) => name === verbOf(word, verbs));
  return plain && `It has no domain: ramble ${plain.name}`;
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}

/**
 * Tells what went wrong, in one line unless `--debug` asks for more.
 *
 * @returns the exit status, which does not depend on whether the output is read.
 */
async function report(error: unknown, words: readonly string[], io: Io): Promise<number> {
  if (error instanceof BrokenPipeError) return EXIT.done;
  if (error instanceof LaunchedError) return error.status;
  if (error instanceof AgreedError) {
    return error.isTold ? report(error.cause, words, io) : statusOf(error.cause);
  }
  if (error instanceof RankError) {
    const status = await report(error.cause, words, io);
    await error.end(status);
    return status;
  }
  const text = describeError(error, words.includes('--debug'));
  const { red } = createColors(io.stderr.hasColour);
  const line = error instanceof InterruptedError ? text : `${red('error:')} ${text}`;
  await io.stderr.write(`${line}\n`).catch(() => undefined);
  return statusOf(error);
}

function statusOf(error: unknown): number {
  if (error instanceof InterruptedError) return EXIT.interrupted;
  return error instanceof UsageError ? EXIT.wrongUsage : EXIT.failed;
}

function describeError(error: unknown, isDebug: boolean): string {
  if (error instanceof Error && isDebug) return visibleText(inspect(error));
  const message = error instanceof Error ? error.message : String(error);
  return visibleText(shorten(message.trim()).replace(/\s*\n\s*/g, ' '));
}

/** Its beginning names the subject, its end the remedy; a value between them may be of any length. */
function shorten(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  return `${message.slice(0, LONGEST_MESSAGE - 500)} … ${message.slice(-500)}`;
}
