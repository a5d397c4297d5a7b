import { shellQuoted } from '../format/shell-quoted.js';
import type { AppEntry } from './app-entry.js';

/**
 * What to type for a run of a domain: a run has no code, so that of a domain of one's own must be
 * named.
 */
export function domainHint(domain: string, verb: string, apps: readonly AppEntry[]): string {
  if (apps.some(({ name }) => name === domain)) return `use ramble ${domain} ${verb}`;
  return `name the module that it was trained with: ramble ${shellQuoted(`./${domain}.js`)} ${verb}`;
}
