import { Command } from 'commander';

import { DOMAIN_VERBS, PLAIN_VERBS } from '../verbs/verbs.js';
import type { AppEntry } from './find-app.js';
import type { DomainVerb, PlainVerb } from './verb.js';

/** The help of the whole command. */
export function overview(apps: readonly AppEntry[]): string {
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
  addVerbs(command, 'Verbs of a domain:', DOMAIN_VERBS);
  addVerbs(command, 'Verbs without one:', PLAIN_VERBS);
  const [domain = 'text'] = apps.map(({ name }) => name);
  return withExamples(command, [
    `ramble ${domain} train --data book.txt --out runs/book`,
    `ramble ${domain} train --help`,
  ]);
}

/** The help of a domain: its verbs. */
export function domainOverview(word: string, description: string): string {
  const command = new Command(`ramble ${word}`)
    .usage('<verb> [options]')
    .description(description)
    .helpOption(false)
    .helpCommand(false);
  addVerbs(command, 'Verbs:', DOMAIN_VERBS);
  return withExamples(command, [`ramble ${word} train --help`]);
}

function addVerbs(
  command: Command,
  heading: string,
  verbs: readonly (DomainVerb | PlainVerb)[],
): void {
  command.commandsGroup(heading);
  for (const { name, summary } of verbs) command.command(name).summary(summary);
}

function withExamples(command: Command, examples: readonly string[]): string {
  const lines = examples.map((example) => `  ${example}\n`).join('');
  return `${command.helpInformation()}\nExamples:\n${lines}`;
}
