import { isIP } from 'node:net';
import { basename, resolve } from 'node:path';

import { type AnyApp, openRun } from '@ramble/core';
import { findRun } from '@ramble/run-folder';

import { UsageError } from '../../cli/exit-errors.js';
import { findApp } from '../../cli/find-app.js';
import type { Call, PlainProgram } from '../../cli/verb.js';
import { openModel } from '../../model/open-model.js';
import { SERVE_FLAGS, type ServeFlags } from './serve-flags.js';

/** `serve`: answers requests for completions until Ctrl-C or SIGTERM, then finishes those it has. */
export const serveProgram = { flags: SERVE_FLAGS, run } satisfies PlainProgram<ServeFlags>;

async function run(call: Call<ServeFlags>): Promise<void> {
  const { flags, output, io } = call;
  const apiKey = flags.apiKey ?? process.env.RAMBLE_API_KEY;
  if (apiKey === '') throw new UsageError('--api-key: expected a key, got an empty one');
  const { storage } = findRun(flags.model);
  const app = await findServedApp(call);
  const { domain, model } = await openModel({ ...call, app });
  const { startServer } = await import('@ramble/server');
  const id = basename(resolve(storage.name));
  const server = await startServer(
    { id, model, app, domain },
    { ...flags, apiKey, log: (line) => void output.note(line) },
  );
  const stopped = new Promise<void>((resolve) => io.onInterrupt(resolve));
  if (output.isJson) await output.printJson({ url: `${server.url}/v1`, model: id });
  else await output.print(`${server.url}/v1`);
  if (apiKey === undefined && !isLoopback(flags.host)) {
    await output.warn(`whoever reaches ${flags.host} can use the model; --api-key asks for a key`);
  }
  await output.note(`serving ${id}; Ctrl-C ends it`);
  await stopped;
  await output.note('finishing what runs; Ctrl-C again ends at once');
  await server.close();
}

/** The app of the run, or the one that is named. */
async function findServedApp({ flags, apps, io }: Call<ServeFlags>): Promise<AnyApp> {
  if (flags.domain !== undefined) {
    const app = await findApp(apps, flags.domain, io);
    if (app) return app;
    throw new UsageError(`--domain: expected an app, got ${flags.domain}`);
  }
  const { description } = await openRun(findRun(flags.model).storage);
  const { name } = description.domain;
  // Only what comes with ramble: a run must not choose which code is loaded.
  const entry = apps.find((app) => app.name === name);
  if (entry) return entry.load();
  throw new UsageError(
    `--domain: expected the app of ${name}, which does not come with ramble, got none`,
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
