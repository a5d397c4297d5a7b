import { Command } from 'commander';

import type { AppEntry, DomainVerb, PlainVerb, VerbGroup, Verbs } from '../verb/verb.js';
import { exampleLines, type HelpForm, layOut } from './help-layout.js';
import { verbsOf } from './verbs-of.js';

/** The help of the whole command. */
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

/** The help of a domain: its verbs. */
export function domainOverview(
  word: string,
  { description, parts }: Pick<AppEntry, 'description' | 'parts'>,
  { ofDomains }: Pick<Verbs, 'ofDomains'>,
  form: HelpForm,
): string {
  const command = verbsCommand(word, description, verbsOf({ parts }, ofDomains));
  return withExamples(command, [`ramble ${word} ${ofDomains[0].name} --help`], form);
}

/** The help of a group of verbs. */
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
