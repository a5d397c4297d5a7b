import type { AnyApp } from '@ramble/core';

import { shellQuoted } from '../../format/shell-quoted.js';
import { findApp } from '../../module/find-app.js';
import { type AppEntry, ownModule } from '../../verb/verb.js';
import { UsageError } from '../../verb/exit-errors.js';
import type { Io } from '../../verb/io.js';

/** The apps that a page may run. */
export interface KnownApps {
  /** Name or path of a domain's app on the command line; `undefined` if the domain is unknown. */
  wordOf(domain: string): string | undefined;
  /**
   * The app of a run.
   *
   * @throws UsageError for a domain that nobody named: a run must not choose which code is loaded.
   */
  appOf(domain: string): Promise<AnyApp>;
  /**
   * Name or path of an app of the user's own, as typed.
   *
   * @returns `undefined` for a domain that comes with ramble.
   * @throws UsageError for a domain that nobody named.
   */
  ownWordOf(domain: string): string | undefined;
}

/**
 * Loads the apps that the user named, in addition to the command's own.
 *
 * @param words - Names, paths or packages of apps.
 * @throws UsageError if a word names no app.
 */
export async function knownApps(
  apps: readonly AppEntry[],
  words: readonly string[],
  io: Pick<Io, 'importModule'>,
): Promise<KnownApps> {
  const named = new Map<string, { readonly word: string; readonly app: AnyApp }>();
  for (const word of words) {
    const app = await findApp(apps, word, io);
    if (!app) throw new UsageError(`--domain: expected an app, got ${word}`);
    named.set(app.name, { word, app });
  }
  const entryOf = (domain: string): AppEntry | undefined =>
    apps.find(({ name }) => name === domain);
  return {
    wordOf: (domain) => named.get(domain)?.word ?? entryOf(domain)?.name,
    appOf: async (domain) => {
      const app = named.get(domain)?.app ?? (await entryOf(domain)?.load());
      if (app) return app;
      throw unnamed(domain);
    },
    ownWordOf: (domain) => {
      const word = named.get(domain)?.word;
      if (word === undefined && !entryOf(domain)) throw unnamed(domain);
      return word;
    },
  };
}

function unnamed(domain: string): UsageError {
  return new UsageError(
    `--domain: expected the app of ${domain}, which does not come with ramble, got none; ` +
      `name the module that the run was trained with: --domain ${shellQuoted(ownModule(domain))}`,
  );
}
