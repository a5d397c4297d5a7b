import { Command, Option } from 'commander';

import { flagName, nameFlags } from '../verb/flag-name.js';
import { aliasesOf } from './flag-aliases.js';
import { COMMON_FLAGS, type Flag, type Flags } from '../verb/flag.js';
import type { SettingGroup } from '../verb/verb.js';

/** The flags, settings and operands of a verb, for parsing and for help. */
export interface VerbShape {
  /** The command as it is typed: `ramble text train`. */
  readonly command: string;
  readonly summary: string;
  readonly examples: readonly string[];
  readonly operands: readonly string[];
  readonly flags: Flags;
  /** The flags that are refused and not in the help. */
  readonly refused?: readonly string[];
  readonly groups: readonly SettingGroup[];
  /** The flags by which `train` makes its domain, which other verbs do not have. */
  readonly train?: { readonly command: string; readonly flags: readonly string[] };
  /** Flags without a default that are not needed. */
  readonly optional?: readonly string[];
  /** What a verb reads from standard input, for the message that it waits. */
  readonly waitsFor?: string;
}

/** Every flag of a verb by its name in camelCase. */
export function allFlags({ flags, groups }: VerbShape): Flags {
  const tables = groups.map(({ settings }) => settings);
  return Object.assign({}, flags, ...tables, COMMON_FLAGS) as Flags; // all of them are tables of flags
}

/** The short flags that are most typed; what they stand for is the same in every verb that has it. */
export const SHORT_FLAGS: Readonly<Record<string, string>> = {
  data: 'd',
  help: 'h',
  maxNewTokens: 'n',
  model: 'm',
  out: 'o',
  prompt: 'p',
  seed: 's',
};

/** The parser and the help of one verb, in which the names of other programs are not shown. */
export function verbCommand(shape: VerbShape): Command {
  const { command: name, summary, examples, operands, flags, refused = [], groups } = shape;
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
  add('For every verb', COMMON_FLAGS);
  for (const [alias, setting] of aliasesOf(names)) {
    for (const option of optionsOf(alias, all[setting], names))
      command.addOption(option.hideHelp());
  }
  const lines = examples.map((example) => `  ${example}`);
  command.addHelpText(
    'after',
    `\n${lines.length > 1 ? 'Examples' : 'Example'}:\n${lines.join('\n')}`,
  );
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

function placeholderOf(flag: Flag): string {
  const { placeholder } = flag;
  switch (flag.kind) {
    case 'integer':
    case 'number':
      return placeholder ?? 'n';
    case 'object':
      return placeholder ?? 'json';
    case 'list':
      return flag.repeats ? (placeholder ?? 'path') : `${placeholder ?? 'path'}...`;
    default:
      return placeholder ?? 'name';
  }
}

function describe(flag: Flag, names: readonly string[]): string {
  const notes = flag.kind === 'choice' ? [flag.choices.join(', ')] : [];
  const fallback = 'default' in flag ? flag.default : flag.derived;
  if (fallback !== undefined) notes.push(`default: ${nameFlags(String(fallback), names)}`);
  return notes.length > 0 ? `${flag.description} (${notes.join('; ')})` : flag.description;
}
