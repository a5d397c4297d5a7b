import { basename, resolve } from 'node:path';

import type { AnyApp } from '@ramble/core';
import type { ChatRenderer, ExploredModel } from '@ramble/explorer';
import { createTemplateRenderer } from '@ramble/language/chat';
import { findStep, openRun } from '@ramble/runs';
import { findRun } from '@ramble/runs/node';

import { openModel } from '../../model/open-model.js';
import { findApp } from '../../module/find-app.js';
import { UsageError } from '../../verb/exit-errors.js';
import {
  ENGINE_FLAG,
  type Flags,
  type FlagValues,
  OPTIONAL_FILE,
  REPEATED,
} from '../../verb/flag.js';
import type { Io } from '../../verb/io.js';
import { type AppEntry, type Call, ownModule, shellQuoted } from '../../verb/verb.js';
import { SERVE_FLAGS } from '../serve/serve-program.js';
import type { ModelShelf } from './model-shelf.js';

export const EXPLORE_FLAGS = {
  model: {
    ...REPEATED,
    basic: true,
    placeholder: 'run',
    names: 'model',
    derived: 'none; the page opens the models of --runs',
    description:
      "A run's folder, for its best checkpoint, or RUN/checkpoints/STEP; repeat the flag for several.",
  },
  runs: {
    kind: 'string',
    basic: true,
    placeholder: 'folder',
    derived: 'the folder runs, if it exists',
    description: 'A folder of runs to watch, compare, stop, resume and open.',
  },
  domain: {
    ...REPEATED,
    placeholder: './mine.js',
    derived: 'the domains that come with ramble',
    description:
      'A file or package of yours whose default export is the App of a run; repeat the flag for several.',
  },
  host: {
    ...SERVE_FLAGS.host,
    description:
      'Address to listen on: the default accepts connections from this machine only; any other requires --api-key.',
  },
  port: SERVE_FLAGS.port,
  apiKey: {
    ...SERVE_FLAGS.apiKey,
    derived: 'RAMBLE_API_KEY of the environment; else a token that is new at each start',
    description: 'The key that the page and clients of the API must send.',
  },
  open: {
    kind: 'boolean',
    default: true,
    description: 'Open the page in the browser, if the command runs in a terminal on a display.',
  },
  export: {
    kind: 'string',
    basic: true,
    placeholder: 'folder',
    derived: 'none; the page is served until Ctrl-C',
    description:
      'Write the page and the models of --model as files for any web server; the models run in the browser of each visitor.',
  },
  title: {
    kind: 'string',
    placeholder: 'text',
    derived: 'none',
    description: 'Title above the page of --export.',
  },
  introduction: {
    ...OPTIONAL_FILE,
    description: 'Text above the page of --export; paragraphs have an empty line between them.',
  },
  prompts: {
    ...OPTIONAL_FILE,
    description:
      'Prompts that the page of --export offers, one a line; a line may begin with the name of its model and a colon.',
  },
  weights: SERVE_FLAGS.weights,
  activations: SERVE_FLAGS.activations,
  kvCache: SERVE_FLAGS.kvCache,
  ...ENGINE_FLAG,
} as const satisfies Flags;

/** Flags of `ramble explore`. */
export type ExploreFlags = FlagValues<typeof EXPLORE_FLAGS>;

/** An open model of the page. */
export interface OpenedModel extends ExploredModel {
  /** The step of the model's checkpoint. */
  readonly step: number;
  /** Renders a conversation with the model's chat template; absent for a model without one. */
  readonly render?: (messages: Parameters<ChatRenderer>[1]) => string;
  close(): void;
}

/** The call's flags, engines and output, and the known apps, which are needed to open models. */
interface ModelOpener {
  readonly call: Pick<Call<ExploreFlags>, 'flags' | 'engines' | 'output'>;
  readonly apps: Pick<KnownApps, 'appOf'>;
}

/**
 * Returns the page's ids of the runs that `--model` names, each once: the names of their folders, or the paths
 * as typed if two folders have the same name.
 *
 * @returns the path as typed, by the id.
 */
export function idsOfRuns(paths: readonly string[]): Record<string, string> {
  const distinct = [...new Set(paths)];
  const names = distinct.map((path) => basename(resolve(findRun(path).storage.name)));
  const idOf = (path: string, name: string): string =>
    names.filter((other) => other === name).length === 1 ? name : path;
  return Object.fromEntries(distinct.map((path, i) => [idOf(path, names[i]), path]));
}

/**
 * Opens the models that `--model` names.
 *
 * @throws UsageError for a run whose domain neither comes with ramble nor is named by `--domain`; Error that names a
 *   broken file.
 */
export async function openGiven(
  paths: readonly string[],
  opener: ModelOpener,
): Promise<OpenedModel[]> {
  const models: OpenedModel[] = [];
  for (const [id, path] of Object.entries(idsOfRuns(paths))) {
    models.push(await openExplored(path, id, opener));
  }
  return models;
}

/**
 * Makes a function that opens the best checkpoint of a run on the page. A run that is already open is loaded again only
 * if its best checkpoint has changed.
 *
 * @returns a function that takes the folder of a run and returns the model's id, which is that folder.
 */
export function runOpener(
  shelf: ModelShelf<OpenedModel>,
  opener: ModelOpener,
): (path: string) => Promise<string> {
  let before: Promise<unknown> = Promise.resolve();
  const open = async (path: string): Promise<string> => {
    const best = await findStep(findRun(path).storage, 'best');
    const known = shelf.entries.find(({ id }) => id === path);
    if (known?.step !== best) shelf.put(await openExplored(path, path, opener));
    return path;
  };
  // Runs are opened one after the other, so that two clicks open one model.
  return (path) => {
    const next = before.then(() => open(path));
    before = next.catch(() => undefined);
    return next;
  };
}

async function openExplored(
  path: string,
  id: string,
  { call, apps }: ModelOpener,
): Promise<OpenedModel> {
  const { description } = await openRun(findRun(path).storage);
  const app = await apps.appOf(description.domain.name);
  const { domain, model, step, engine } = await openModel({
    ...call,
    app,
    flags: { ...call.flags, model: path },
    onlyDecodes: false,
  });
  const renderer = domain.chatTemplate && createTemplateRenderer(domain.chatTemplate);
  return {
    ...{ id, app, domain, model, step, engine },
    ...(renderer && {
      render: (messages) => renderer.render({ messages: messages.map((turn) => ({ ...turn })) }),
    }),
    close: () => model.dispose(),
  };
}

/** The apps that a page may run. */
interface KnownApps {
  /** The domains that come with ramble, and the ones that the user named. */
  readonly domains: readonly string[];
  /** Name or path of a domain's app on the command line; `undefined` if the domain is unknown. */
  wordOf(domain: string): string | undefined;
  /**
   * Returns the app of a run.
   *
   * @throws UsageError for a domain that neither comes with ramble nor was named by the user: a run must not choose
   *   which code is loaded.
   */
  appOf(domain: string): Promise<AnyApp>;
  /**
   * Returns the name or path of a user's app, as typed.
   *
   * @returns `undefined` for a domain that comes with ramble.
   * @throws UsageError for another domain that the user did not name.
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
    domains: [...new Set([...apps.map(({ name }) => name), ...named.keys()])],
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
