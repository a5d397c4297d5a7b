import { existsSync } from 'node:fs';

import { shellQuoted } from '../format/shell-quoted.js';
import type { AppEntry } from './app-entry.js';
import type { DomainVerb } from './verb.js';

type HintedVerb = Pick<DomainVerb, 'name' | 'needs'>;

/** A command line as it is typed: `ramble text sample --model 'my run'`. */
export function commandLine(...words: readonly string[]): string {
  return ['ramble', ...words.map(shellQuoted)].join(' ');
}

/** Whether a verb works with an app of the command; one whose parts are unknown may have all of them. */
export function canRun({ parts }: Pick<AppEntry, 'parts'>, { needs }: HintedVerb): boolean {
  return !needs || !parts || parts.includes(needs.part);
}

/** The path that a module of an own domain probably has: a file of its name, or what `new-domain` made. */
export function ownModule(domain: string): string {
  const usual = `./${domain}.js`;
  const paths = [usual, `./${domain}/domain.js`, './domain.js'];
  return paths.find((path) => existsSync(path)) ?? usual;
}

/** The run among the words of a command line, by `--model`. */
export function modelWord(words: readonly string[]): string | undefined {
  const flag = words.findIndex((word) => word === '--model' || word === '-m');
  if (flag >= 0) return words.at(flag + 1);
  const joined = words.find((word) => word.startsWith('--model='));
  return joined?.slice('--model='.length);
}

/**
 * Advice for a run of a domain: the same command of that domain, or another verb if the domain does not
 * have this one. A run has no code, so the module of an own domain must be named.
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
