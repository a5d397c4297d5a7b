import { shownText } from '@ramble/core/files';
import { findRun } from '@ramble/run-folder';
import { openRun } from '@ramble/runs';

import { domainHint } from '../verb/domain-hint.js';
import { UsageError } from '../verb/exit-errors.js';
import type { AppEntry } from '../verb/app-entry.js';

/**
 * The error of a domain's verb that was typed without a domain. If a run is given, the message
 * names its domain.
 *
 * @param words - After the verb.
 */
export async function missingDomain(
  verb: string,
  words: readonly string[],
  apps: readonly AppEntry[],
): Promise<UsageError> {
  const flag = words.findIndex((word) => word === '--model' || word === '-m');
  const run = flag < 0 ? undefined : words.at(flag + 1);
  const domain = run === undefined ? undefined : await domainOf(run);
  const hint =
    domain === undefined
      ? `as in ramble ${apps[0].name} ${verb} or ramble ./mine.js ${verb}`
      : `${run} is of the domain ${shownText(domain)}; ${domainHint(domain, verb, apps)}`;
  return new UsageError(`${verb}: expected a domain before the verb, got none; ${hint}`);
}

/** The domain that a run is of; `undefined` where there is no run. */
async function domainOf(path: string): Promise<string | undefined> {
  try {
    return (await openRun(findRun(path).storage)).description.domain.name;
  } catch {
    return undefined; // what is wrong with the run is not what is wrong with the command line
  }
}
