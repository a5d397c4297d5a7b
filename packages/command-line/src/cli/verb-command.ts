import { foreignNamesOf } from '@ramble/core/app';
import { Command, Help, Option } from 'commander';

import { COMMON_FLAGS, type Flag, flagName, type Flags, nameFlags } from '../verb/flag.js';
import type { SettingGroup } from '../verb/verb.js';
import { exampleLines, type HelpForm, layOut } from './help-layout.js';

/** The flags, settings and operands of a verb, for parsing and for help. */
export interface VerbShape {
  /** The command, as a user types it: `ramble text train`. */
  readonly command: string;
  readonly summary: string;
  readonly examples: readonly string[];
  readonly operands: readonly string[];
  readonly flags: Flags;
  /** Names of flags that are refused and not in the help. */
  readonly refused?: readonly string[];
  readonly groups: readonly SettingGroup[];
  /** The `train` command of the same domain, and its flags that this verb lacks, for hints. */
  readonly train?: { readonly command: string; readonly flags: readonly string[] };
  /** Names of optional flags without a default. */
  readonly optional?: readonly string[];
  /** Words for the error message that the verb's run is missing. */
  readonly runs: {
    /** The domain whose runs the verb takes; all if absent. */
    readonly domain?: string;
    /** A command that makes a run for the verb. */
    readonly makesRun?: string;
    /** The name of a published model that the verb takes, if it takes any. */
    readonly imports?: string;
  };
  /**
   * Name of the input that the verb reads from standard input, such as `prompts`, for the message that the verb waits
   * for it.
   */
  readonly waitsFor?: string;
}

/** Returns every flag of a verb (its own flags, its settings and the flags of all verbs), by name in camelCase. */
export function allFlags({ flags, groups }: VerbShape): Flags {
  const tables = groups.map(({ settings }) => settings);
  return Object.assign({}, flags, ...tables, COMMON_FLAGS) as Flags; // all of them are tables of flags
}

/**
 * Letters of the most used flags, by the flag's name in camelCase. Each letter means the same in every verb that has
 * it.
 */
export const SHORT_FLAGS: Readonly<Record<string, string>> = {
  data: 'd',
  help: 'h',
  maxNewTokens: 'n',
  model: 'm',
  out: 'o',
  prompt: 'p',
  seed: 's',
};

const COMMON_HEADING = 'For every verb:';
/**
 * Maximum number of options of a verb for which the short help shows all of them; with more, it shows only the basic
 * ones.
 */
const FEW_OPTIONS = 8;

/** Formats the help of a verb: all options if `isFull` is set or the verb has few, otherwise the basic options. */
export function verbHelp(shape: VerbShape, form: HelpForm & { readonly isFull: boolean }): string {
  const command = verbCommand(shape);
  const shown = new Help().visibleOptions(command);
  const own = shown.filter(({ helpGroupHeading }) => helpGroupHeading !== COMMON_HEADING);
  if (!form.isFull && own.length > FEW_OPTIONS) {
    const all = allFlags(shape);
    const basic = new Set(Object.keys(all).filter((name) => isBasic(name, all[name], shape)));
    for (const option of shown) {
      const isMore = option.attributeName() === 'helpAll';
      if (isMore) option.description = `Show all ${own.length} options.`;
      if (isMore || basic.has(option.attributeName())) option.helpGroup('Options:');
      else option.hideHelp();
    }
  }
  layOut(command, form);
  return command.helpInformation() + exampleLines(shape.examples, form);
}

/** Whether the short help shows a flag: it is declared basic, or it is required. */
function isBasic(name: string, flag: Flag, { optional = [] }: VerbShape): boolean {
  const hasDefault = 'default' in flag || flag.derived !== undefined || optional.includes(name);
  return flag.basic === true || !hasDefault;
}

/** Returns the parser of one verb, which also accepts other programs' names of its flags. */
export function verbCommand(shape: VerbShape): Command {
  const { command: name, summary, operands, flags, refused = [], groups } = shape;
  const command = new Command(name).description(summary).helpOption(false);
  command.usage(['[options]', ...operands].join(' '));
  const all = allFlags(shape);
  const names = Object.keys(all);
  const add = (heading: string, table: Flags): void => {
    for (const [flag, setting] of Object.entries(table)) {
      for (const option of optionsOf(flagName(flag), setting, names, SHORT_FLAGS[flag])) {
        if (refused.includes(flag)) option.hideHelp();
        command.addOption(option.helpGroup(`${heading}:`));
      }
    }
  };
  add('Options', flags);
  for (const { title, settings } of groups) add(title, settings);
  add(COMMON_HEADING.replace(':', ''), COMMON_FLAGS);
  for (const [alias, setting] of aliasesOf(names)) {
    for (const option of optionsOf(alias, all[setting], names))
      command.addOption(option.hideHelp());
  }
  return command;
}

function optionsOf(typed: string, flag: Flag, names: readonly string[], letter = ''): Option[] {
  const short = letter === '' ? '' : `-${letter}, `;
  if (flag.kind !== 'boolean') {
    const words = `${short}${typed} <${placeholderOf(flag)}>`;
    const option = new Option(words, describe(flag, names));
    option.negate = false; // `--no-repeat-ngram-size 3` takes a value
    if (flag.kind === 'list' && flag.repeats) option.argParser(append);
    return [option];
  }
  const off = typed.replace('--', '--no-');
  const isOn = 'default' in flag && flag.default;
  const help = isOn ? `${flag.description} (default: on; ${off} for off)` : flag.description;
  return [new Option(short + typed, help), new Option(off, flag.description).hideHelp()];
}

function append(word: string, before: readonly string[] = []): readonly string[] {
  return [...before, word];
}

/** Placeholders in the help for values of flags that declare none, by the flag's kind. */
const PLACEHOLDERS: Readonly<Record<string, string | undefined>> = {
  ...{ integer: 'n', number: 'n', object: 'json', list: 'path' },
};

function placeholderOf(flag: Flag): string {
  const shown = flag.placeholder ?? PLACEHOLDERS[flag.kind] ?? 'name';
  return flag.kind === 'list' && !flag.repeats ? `${shown}...` : shown;
}

function describe(flag: Flag, names: readonly string[]): string {
  const notes = flag.kind === 'choice' ? [flag.choices.join(', ')] : [];
  const fallback = 'default' in flag ? flag.default : flag.derived;
  if (fallback !== undefined) notes.push(`default: ${nameFlags(String(fallback), names)}`);
  return notes.length > 0 ? `${flag.description} (${notes.join('; ')})` : flag.description;
}

/**
 * Returns other programs' names for these flags, such as `--block-size`, `--block_size` and
 * `--context_length` for `contextLength`.
 *
 * @param names - All flags of a verb, in camel case.
 * @returns the flag that each alias means.
 */
export function aliasesOf(names: readonly string[]): ReadonlyMap<string, string> {
  const own = new Set(names.map(flagName));
  const aliases = Array.from(foreignNamesOf(names)).flatMap(([alias, name]) =>
    [`--${alias}`, `--${alias.replaceAll('_', '-')}`].map((typed): [string, string] => [
      typed,
      name,
    ]),
  );
  return new Map(aliases.filter(([typed]) => !own.has(typed)));
}
