import { Command } from 'commander';

import type { AppEntry } from '../verb/app-entry.js';
import type { DomainVerb, PlainVerb, VerbGroup, Verbs } from '../verb/verb.js';
import { verbsOf } from './verbs-of.js';

/** The help of the whole command. */
export function overview(
  apps: readonly AppEntry[],
  { ofDomains, plain, groups, firstExample }: Verbs,
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
  return withExamples(command, [
    `ramble ${firstExample.replace('DOMAIN', domain)}`,
    `ramble ${domain} ${ofDomains[0].name} --help`,
  ]);
}

/** The help of a domain: its verbs. */
export function domainOverview(
  word: string,
  { description, parts }: Pick<AppEntry, 'description' | 'parts'>,
  { ofDomains }: Pick<Verbs, 'ofDomains'>,
): string {
  return verbsOverview(word, description, verbsOf({ parts }, ofDomains), [
    `ramble ${word} ${ofDomains[0].name} --help`,
  ]);
}

/** The help of a group of verbs. */
export function groupOverview({ name, summary, verbs }: VerbGroup): string {
  const examples = verbs.flatMap((verb) => verb.examples.slice(0, 1));
  return verbsOverview(
    name,
    summary,
    verbs,
    examples.map((example) => `ramble ${example}`),
  );
}

function verbsOverview(
  word: string,
  description: string,
  verbs: readonly (DomainVerb | PlainVerb)[],
  examples: readonly string[],
): string {
  const command = new Command(`ramble ${word}`)
    .usage('<verb> [options]')
    .description(description)
    .helpOption(false)
    .helpCommand(false);
  addVerbs(command, 'Verbs:', verbs);
  return withExamples(command, examples);
}

function addVerbs(
  command: Command,
  heading: string,
  verbs: readonly (DomainVerb | PlainVerb | VerbGroup)[],
): void {
  command.commandsGroup(heading);
  for (const { name, summary } of verbs) command.command(name).summary(summary);
}

function withExamples(command: Command, examples: readonly string[]): string {
  const lines = examples.map((example) => `  ${example}\n`).join('');
  return `${command.helpInformation()}\nExamples:\n${lines}`;
}
