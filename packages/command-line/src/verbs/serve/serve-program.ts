import type { AnyApp } from '@ramble/core';
import { findRun } from '@ramble/runs/node';
import { openRun } from '@ramble/runs';

import { UsageError } from '../../verb/exit-errors.js';
import { domainHint } from '../../verb/domain-hint.js';
import { findApp } from '../../module/find-app.js';
import type { Call, DomainProgram, PlainProgram } from '../../verb/verb.js';
import {
  ANY_SERVE_FLAGS,
  type AnyServeFlags,
  SERVE_FLAGS,
  type ServeFlags,
} from './serve-flags.js';
import { serveModel } from './serve-model.js';

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

/** The app of the run, or the one that is named. */
async function findServedApp({ flags, apps, io }: Call<AnyServeFlags>): Promise<AnyApp> {
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
    `--domain: expected the app of ${name}, which does not come with ramble, got none; ` +
      domainHint(name, { name: 'serve' }, ['--model', flags.model], apps),
  );
}
