import { Command, Help } from 'commander';

import type { AppEntry, DomainVerb, PlainVerb, VerbGroup, Verbs } from '../verb/verb.js';
import { verbsOf } from './verbs-of.js';

/** The layout of help, and the name of the program in its examples. */
export interface HelpForm {
  /** Width of the help in characters. */
  readonly columns: number;
  /** Replaces `ramble`, in each command within a text, by the words that start the program. */
  readonly typed: (text: string) => string;
}

/** Width of the help in characters if the output is not a terminal. */
export const PLAIN_COLUMNS = 80;
/** Maximum width of the column of names, in characters. A longer name has its description on the next line. */
const WIDEST_TERM = 28;
/**
 * Minimum width in characters of the descriptions to the right of the names. With less space, each description is
 * below its name.
 */
const NARROWEST_TEXT = 30;
const INDENT = 2;
const INDENT_BELOW = 6;

/** Lays out the help of a command at any width: descriptions are wrapped to the right of names or below them. */
export function layOut(command: Command, { columns, typed }: HelpForm): void {
  command.configureHelp({
    helpWidth: columns,
    minWidthToWrap: 1,
    padWidth: (cmd, helper) =>
      Math.min(WIDEST_TERM, Help.prototype.padWidth.call(helper, cmd, helper)),
    commandUsage: (cmd) => {
      const usage = `${cmd.name()} ${cmd.usage()}`;
      return hanging(usage.split(' '), columns, 'Usage: '.length).join('\n').trimStart();
    },
    formatItem: (term, termWidth, description, helper) => {
      const start = INDENT + termWidth + 2;
      const isBelow = columns - start < NARROWEST_TEXT;
      const indent = isBelow ? INDENT_BELOW : start;
      const lines = helper.boxWrap(typed(description), columns - indent).split('\n');
      const margin = ' '.repeat(indent);
      const name = ' '.repeat(INDENT) + term;
      if (isBelow || term.length > termWidth) {
        return [name, ...lines.map((line) => margin + line)].join('\n');
      }
      return [name.padEnd(indent) + lines[0], ...lines.slice(1).map((line) => margin + line)].join(
        '\n',
      );
    },
  });
}

/** Formats the examples of a command, each on one line. A line longer than the width is continued with `\`. */
export function exampleLines(examples: readonly string[], { columns, typed }: HelpForm): string {
  const heading = examples.length > 1 ? 'Examples:' : 'Example:';
  const lines = examples.flatMap((example) => {
    const parts = hanging(withValues(typed(example)), columns - ' \\'.length, INDENT, INDENT + 2);
    return parts.map((part, i) => (i < parts.length - 1 ? `${part} \\` : part));
  });
  return `\n${[heading, ...lines].join('\n')}\n`;
}

/**
 * Wraps words into lines of at most `columns` characters. `first` is the indentation of the first line and `next` the
 * indentation of the other lines, in characters.
 */
function hanging(words: readonly string[], columns: number, first: number, next = first): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    const isNew = line === undefined || line.length + 1 + word.length > columns;
    if (isNew) lines.push(' '.repeat(line === undefined ? first : next) + word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** Splits a command line into words, but keeps each flag and its value together, so that no line ends between them. */
function withValues(command: string): string[] {
  const words = command.match(/(?:'[^']*'|\S)+/g) ?? [];
  const groups: string[] = [];
  for (const word of words) {
    const last = groups.at(-1);
    const isValue = last !== undefined && /^-\S+$/.test(last) && !word.startsWith('-');
    if (isValue) groups[groups.length - 1] += ` ${word}`;
    else groups.push(word);
  }
  return groups;
}

/** Returns the help of `ramble` without a domain or verb: the domains, the verbs and examples. */
export function overview(
  apps: readonly AppEntry[],
  { ofDomains, plain, groups, firstExample }: Verbs,
  form: HelpForm,
): string {
  const command = new Command('ramble')
    .usage('<domain> <verb> [options]')
    .description('Trains a GPT on tokens of any kind, and lets it ramble.')
    .helpOption(false)
    .helpCommand(false);
  command.commandsGroup('Domains:');
  for (const { name, description } of apps) command.command(name).summary(description);
  command
    .command('./mine.js')
    .summary('A file or package of yours whose default export is an App.');
  const withoutDomain = new Set(plain.map(({ name }) => name)); // shown below
  const domainOnly = ofDomains.filter(({ name }) => !withoutDomain.has(name));
  addVerbs(command, 'Verbs of a domain:', domainOnly);
  addVerbs(command, 'Verbs without a domain:', [...plain, ...groups]);
  const [domain = 'text'] = apps.map(({ name }) => name);
  const examples = [
    `ramble ${firstExample.replace('DOMAIN', domain)}`,
    `ramble ${domain} ${ofDomains[0].name} --help`,
  ];
  return withExamples(command, examples, form);
}

/** Returns the help of a domain: its verbs and an example. */
export function domainOverview(
  word: string,
  { description, parts }: Pick<AppEntry, 'description' | 'parts'>,
  { ofDomains }: Pick<Verbs, 'ofDomains'>,
  form: HelpForm,
): string {
  const command = verbsCommand(word, description, verbsOf({ parts }, ofDomains));
  return withExamples(command, [`ramble ${word} ${ofDomains[0].name} --help`], form);
}

/** Returns the help of a group of verbs, such as `ramble metrics`: its verbs and examples. */
export function groupOverview({ name, summary, verbs }: VerbGroup, form: HelpForm): string {
  const examples = verbs.flatMap((verb) => verb.examples.slice(0, 1));
  const command = verbsCommand(name, summary, verbs);
  return withExamples(
    command,
    examples.map((example) => `ramble ${example}`),
    form,
  );
}

function verbsCommand(
  word: string,
  description: string,
  verbs: readonly (DomainVerb | PlainVerb)[],
): Command {
  const command = new Command(`ramble ${word}`)
    .usage('<verb> [options]')
    .description(description)
    .helpOption(false)
    .helpCommand(false);
  addVerbs(command, 'Verbs:', verbs);
  return command;
}

function addVerbs(
  command: Command,
  heading: string,
  verbs: readonly (DomainVerb | PlainVerb | VerbGroup)[],
): void {
  command.commandsGroup(heading);
  for (const { name, summary } of verbs) command.command(name).summary(summary);
}

function withExamples(command: Command, examples: readonly string[], form: HelpForm): string {
  layOut(command, form);
  return command.helpInformation() + exampleLines(examples, form);
}
