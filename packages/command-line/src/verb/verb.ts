/**
 * Steps to add a verb:
 *
 * 1. Write its program, `src/verbs/NAME/NAME-program.ts`: an object that `satisfies`
 *    `DomainProgram<NameFlags>` (a verb of every domain, `ramble text NAME`) or
 *    `PlainProgram<NameFlags>` (`ramble NAME`, or `ramble GROUP NAME`). The table `FLAGS` describes its flags by their
 *    names in camelCase; parsing, checks and help come from it, and `NameFlags = FlagValues<typeof FLAGS>` are their
 *    values. Settings of core or of the domain come as whole tables from `settings`.
 * 2. Add a line to `src/verbs/domain-verbs.ts`, or to `verbs.ts` if it has no domain, with its summary, an example and
 *    a dynamic import, so that `ramble --help` loads nothing of it.
 *
 * A program prints through `call.output` only, and ends by returning or throwing. The exit status
 * follows from the error (`exit-errors.ts`): a `UsageError`, or a RangeError or TypeError about a flag
 * (`topK: expected …`), is wrong usage; its settings are named as they are typed.
 */
import { existsSync } from 'node:fs';

import type { AnyApp } from '@ramble/core';
import type { Setting } from '@ramble/core/app';
import type { Engine } from '@ramble/core/engine';

import type { DeclaredApp } from './app-features.js';
import type { FlagTable, Values } from './flag.js';
import type { Io } from './io.js';
import type { Output } from './output.js';

/** A single use of a verb. */
export interface Call<Flags> {
  readonly flags: Flags;
  /** Arguments of the command line that are not flags. */
  readonly operands: readonly string[];
  /** Words before the flags, for commands that messages suggest: `ramble text`. */
  readonly command: string;
  /** The available engines, fastest first. */
  readonly engines: readonly Engine[];
  /** The apps that come with the command. */
  readonly apps: readonly AppEntry[];
  /** Path of the folder with the web page of the Explorer; absent if the page is not installed with the command. */
  readonly page?: string;
  readonly output: Output;
  readonly io: Io;
}

/** A single use of a verb of a domain, with the app and the values of its settings. */
export interface DomainCall<Flags> extends Call<Flags> {
  readonly app: AnyApp;
  /** Values of the given settings, by name. `--config` overrides `--preset`, and flags override both. */
  readonly settings: Values;
  /** Values of the settings that were given otherwise than by a preset: by `--config`, `--architecture` or flags. */
  readonly chosen: Values;
  /** Name of the preset, if `--preset` is given. */
  readonly preset?: string;
}

/** A group of settings that are flags and may be in the file of `--config`. */
export interface SettingGroup {
  /** Heading in the help. */
  readonly title: string;
  readonly settings: Readonly<Record<string, Setting>>;
}

interface Program<Flags> {
  readonly flags: FlagTable<Flags>;
  /**
   * Names of the operands, for help: `['<name>']`. An operand in brackets is optional, and a last one with dots,
   * `<name>...`, may be repeated.
   */
  readonly operands?: readonly string[];
  /**
   * Name of the input that the verb reads from standard input, such as `prompts`, for the message that the verb waits
   * for it.
   */
  readonly waitsFor?: string;
}

export interface PlainProgram<Flags> extends Program<Flags> {
  run(call: Call<Flags>): Promise<void>;
}

export interface DomainProgram<Flags> extends Program<Flags> {
  settings?(app: AnyApp): readonly SettingGroup[];
  /** Names of flags that an app refuses with any value; the help leaves them out. */
  refused?(app: AnyApp): readonly string[];
  /**
   * Names of flags without a default that users of this app may leave out; without this function, such flags are
   * required.
   */
  optional?(app: AnyApp): readonly string[];
  /** Named settings for `--preset`. */
  presets?(app: AnyApp): Readonly<Record<string, Values>>;
  run(call: DomainCall<Flags>): Promise<void>;
}

/** Name, summary and examples of a verb, for the help. `load` imports its program when the verb runs. */
interface Verb<P> {
  readonly name: string;
  readonly summary: string;
  /** Command lines without `ramble`; `DOMAIN` is a placeholder. */
  readonly examples: readonly string[];
  load(): Promise<P>;
}

/** Verbs under one word: `ramble metrics bleu`. */
export interface VerbGroup {
  readonly name: string;
  readonly summary: string;
  readonly verbs: readonly PlainVerb[];
}

export interface DomainVerb extends Verb<DomainProgram<object>> {
  /** Optional part of an app that the verb requires. The help of a domain without it does not list the verb. */
  readonly needs?: {
    readonly part: AppPart;
    /** Name of a domain with that part. */
    readonly domain: string;
    /** Verb to suggest for runs of domains without the part: the one with the most similar result. */
    readonly instead?: string;
  };
}

export type PlainVerb = Verb<PlainProgram<object>>;

/** Command to use in place of another program's verb, and the reason; `DOMAIN` is a placeholder. */
export type VerbAdvice = readonly [say: string, because: string];

/** All verbs of a command line. */
export interface Verbs {
  /** The verbs of every domain, in the order of the help: `ramble text NAME`. */
  readonly ofDomains: readonly DomainVerb[];
  /** The verbs without a domain: `ramble NAME`. */
  readonly plain: readonly PlainVerb[];
  /** Verbs of a kind, without a domain: `ramble GROUP NAME`. */
  readonly groups: readonly VerbGroup[];
  /** Verbs of other programs, with ramble's equivalent: `{ generate: 'sample' }`. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Advice for verbs of other programs that have no equivalent in ramble. */
  readonly advice: Readonly<Record<string, VerbAdvice>>;
  /** Domain that a verb's name implies if no domain is typed: `{ translate: 'translation' }`. */
  readonly domains: Readonly<Record<string, string>>;
  /** First command for the help, without `ramble`; `DOMAIN` is a placeholder. */
  readonly firstExample: string;
}

/** An app of the command, loaded on demand. */
export interface AppEntry {
  /** The domain's name. */
  readonly name: string;
  readonly description: string;
  /**
   * Optional parts that the app has, so that the help can select its verbs without loading it. If absent, the help
   * lists all verbs.
   */
  readonly parts?: readonly AppPart[];
  /** Loads the part of the app that flags and help need; absent if the app loads fast. */
  readonly declare?: () => Promise<DeclaredApp>;
  load(): Promise<AnyApp>;
}

/** Names of an app's optional members and features that some verbs require. */
export const APP_PARTS = ['streamOutput', 'huggingFace', 'rendering', 'duet'] as const;

/** Name of an optional part of an app. */
export type AppPart = (typeof APP_PARTS)[number];

type HintedVerb = Pick<DomainVerb, 'name' | 'needs'>;

/** Returns a command line, quoted for a shell: `ramble text sample --model 'my run'`. */
export function commandLine(...words: readonly string[]): string {
  return ['ramble', ...words.map(shellQuoted)].join(' ');
}

/** Whether a verb works with an app. An app whose `parts` are unknown is assumed to have all of them. */
export function canRun({ parts }: Pick<AppEntry, 'parts'>, { needs }: HintedVerb): boolean {
  return !needs || !parts || parts.includes(needs.part);
}

/**
 * Returns the probable path of a user's own domain `chess`: `./chess.js`, or the `domain.js` that `new-domain` wrote.
 */
export function ownModule(domain: string): string {
  const usual = `./${domain}.js`;
  const paths = [usual, `./${domain}/domain.js`, './domain.js'];
  return paths.find((path) => existsSync(path)) ?? usual;
}

/** Returns the value of `--model` in the words of a command line. */
export function modelWord(words: readonly string[]): string | undefined {
  const flag = words.findIndex((word) => word === '--model' || word === '-m');
  if (flag >= 0) return words.at(flag + 1);
  const joined = words.find((word) => word.startsWith('--model='));
  return joined?.slice('--model='.length);
}

/**
 * Returns advice for a run of a domain: the same command of that domain, or another verb if the domain lacks this
 * one. A run contains no code, so the module of a user's domain must be named.
 *
 * @param domain - The name of the run's domain.
 * @param words - The words after the verb.
 */
export function domainHint(
  domain: string,
  verb: HintedVerb,
  words: readonly string[],
  apps: readonly AppEntry[],
): string {
  const entry = apps.find(({ name }) => name === domain);
  if (!entry) {
    const command = commandLine(ownModule(domain), verb.name, ...words);
    return `name the module that it was trained with: ${command}`;
  }
  if (canRun(entry, verb)) return `use ${commandLine(domain, verb.name, ...words)}`;
  const run = modelWord(words);
  const model = run === undefined ? [] : ['--model', run];
  return `${verb.name} does not work with ${domain}; use ${commandLine(domain, verb.needs?.instead ?? '--help', ...model)}`;
}

/**
 * Quotes a word for a shell, so that printed commands can be pasted: a path may contain spaces, quotes, or even a
 * command.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html, section 2.2.2
 */
export function shellQuoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
