import { basename, resolve } from 'node:path';

import type { AnyApp, Model } from '@ramble/core';
import { shownText } from '@ramble/core/files';
import { loadAdapters, openRun } from '@ramble/runs';
import { findRun } from '@ramble/runs/node';

import { DECODING_FLAGS, openModel, type OpenModel } from '../../model/open-model.js';
import { findApp } from '../../module/find-app.js';
import { UsageError } from '../../verb/exit-errors.js';
import { COUNT, type Flags, type FlagValues, POSITIVE, REPEATED } from '../../verb/flag.js';
import {
  type Call,
  type DomainCall,
  domainHint,
  type DomainProgram,
  type PlainProgram,
} from '../../verb/verb.js';

export const SERVE_FLAGS = {
  ...DECODING_FLAGS,
  adapter: {
    ...REPEATED,
    placeholder: 'name=run',
    description:
      'A run of LoRA adapters of the model, which requests choose by this name as their model; repeat the flag for several.',
  },
  host: {
    kind: 'string',
    basic: true,
    placeholder: 'address',
    default: '127.0.0.1',
    description:
      'Address to listen on: the default accepts connections from this machine only, 0.0.0.0 from any.',
  },
  port: {
    kind: 'integer',
    basic: true,
    min: 0,
    max: 65535,
    default: 8080,
    description: 'Port to listen on; 0 for any free one.',
  },
  apiKey: {
    kind: 'string',
    basic: true,
    placeholder: 'key',
    derived: 'the environment variable RAMBLE_API_KEY, which other users cannot see; else none',
    description: 'The key that clients must send.',
  },
  allowedHost: {
    ...REPEATED,
    placeholder: 'name',
    derived: 'localhost, and the name of --host',
    description:
      'A host name that a server without a key answers to, or * for any; repeat the flag for several.',
  },
  corsOrigin: {
    ...REPEATED,
    placeholder: 'origin',
    description:
      'A site whose pages may call the server from a browser: https://example.com, or * for any.',
  },
  batchSize: {
    ...COUNT,
    default: 16,
    description: 'Maximum number of outputs and beams in one batch.',
  },
  queueSize: {
    kind: 'integer',
    min: 0,
    default: 64,
    description:
      'Maximum number of outputs and beams that wait for a slot; further requests get the status 429.',
  },
  timeoutSeconds: {
    ...POSITIVE,
    max: 86_400,
    default: 300,
    description: 'Maximum seconds that a request takes, waiting included.',
  },
  graceSeconds: {
    kind: 'number',
    min: 0,
    max: 86_400,
    default: 25,
    description: 'Seconds that Ctrl-C and SIGTERM wait for running requests.',
  },
} as const satisfies Flags;

/** Flags of `ramble <domain> serve`. */
type ServeFlags = FlagValues<typeof SERVE_FLAGS>;

const ANY_SERVE_FLAGS = {
  domain: {
    kind: 'string',
    basic: true,
    placeholder: './mine.js',
    derived: "the run's, if it comes with ramble",
    description: 'A file or package of yours whose default export is the App of the run.',
  },
  ...SERVE_FLAGS,
} as const satisfies Flags;

/** Flags of `ramble serve`. */
type AnyServeFlags = FlagValues<typeof ANY_SERVE_FLAGS>;

/** Answers requests for completions until Ctrl-C or SIGTERM, then finishes running requests. */
async function serveModel(
  call: Omit<DomainCall<ServeFlags>, 'settings' | 'chosen'>,
): Promise<void> {
  const { app, flags, output, io } = call;
  const apiKey = flags.apiKey ?? process.env.RAMBLE_API_KEY;
  const { storage } = findRun(flags.model);
  const { checkApiKey, isLoopback, startServer } = await import('@ramble/server');
  checkApiKey(apiKey); // before the model is read
  const open = await openModel(call);
  const { domain, model } = open;
  const id = basename(resolve(storage.name));
  const adapters = await openAdapters(flags.adapter ?? [], id, open);
  const server = await startServer(
    [{ id, model, app, domain }, ...adapters.map((each) => ({ ...each, app, domain }))],
    {
      ...flags,
      apiKey,
      allowedHosts: flags.allowedHost,
      corsOrigins: flags.corsOrigin,
      log: (line) => void output.note(line),
    },
  ).catch((error: unknown) => {
    throw withFlag(error);
  });
  const stopped = new Promise<void>((resolve) => io.onInterrupt(resolve));
  const named = { ...(adapters.length > 0 && { adapters: adapters.map((each) => each.id) }) };
  if (output.isJson) await output.printJson({ url: `${server.url}/v1`, model: id, ...named });
  else await output.print(`${server.url}/v1`);
  if (apiKey === undefined && !isLoopback(flags.host)) {
    await output.warn(
      `anyone who can reach ${flags.host} can use the model; --api-key requires a key`,
    );
  }
  await output.note(`serving ${id}; Ctrl-C stops it`);
  await stopped;
  await output.note('finishing the running requests; Ctrl-C again stops at once');
  await server.close();
}

/** Loads the adapters that `--adapter` names, over the model that is loaded already. */
async function openAdapters(
  words: readonly string[],
  modelId: string,
  open: OpenModel,
): Promise<{ readonly id: string; readonly model: Model }[]> {
  const found: { id: string; model: Model }[] = [];
  for (const word of words) {
    const at = word.indexOf('=');
    const [id, path] = [word.slice(0, at), word.slice(at + 1)];
    if (at < 1 || path === '') {
      throw new UsageError(`--adapter: expected name=RUN, got ${shownText(word)}`);
    }
    if (id === modelId || found.some((each) => each.id === id)) {
      throw new UsageError(`--adapter: expected a name for each model, got ${shownText(id)} twice`);
    }
    const { storage, step } = findRun(path);
    const { model } = await loadAdapters(open, storage, { step });
    found.push({ id, model });
  }
  return found;
}

/** Renames server options in an error to the flags that give them. */
function withFlag(error: unknown): unknown {
  if (!(error instanceof RangeError) || !error.message.startsWith('corsOrigins: ')) return error;
  return new UsageError(error.message.replace('corsOrigins', '--cors-origin'), { cause: error });
}

/** `ramble serve`: serves a run whose domain comes with ramble, or is named by `--domain`. */
export const serveProgram: PlainProgram<AnyServeFlags> = {
  flags: ANY_SERVE_FLAGS,
  run: async (call) => serveModel({ ...call, app: await findServedApp(call) }),
};

/** `ramble <domain> serve`: serves a run of the domain. */
export const domainServeProgram: DomainProgram<ServeFlags> = {
  flags: SERVE_FLAGS,
  run: serveModel,
};

/** Returns the app that `--domain` names, or else the app of the run's domain, which must come with ramble. */
async function findServedApp({ flags, apps, io }: Call<AnyServeFlags>): Promise<AnyApp> {
  if (flags.domain !== undefined) {
    const app = await findApp(apps, flags.domain, io);
    if (app) return app;
    throw new UsageError(`--domain: expected an app, got ${flags.domain}`);
  }
  const { description } = await openRun(findRun(flags.model).storage);
  const { name } = description.domain;
  // Only apps that come with ramble: a run must not choose which code is loaded.
  const entry = apps.find((app) => app.name === name);
  if (entry) return entry.load();
  throw new UsageError(
    `--domain: expected the app of ${name}, which does not come with ramble, got none; ` +
      domainHint(name, { name: 'serve' }, ['--model', flags.model], apps),
  );
}
