import { basename, resolve } from 'node:path';

import { findRun } from '@ramble/runs/node';

import { UsageError } from '../../verb/exit-errors.js';
import type { DomainCall } from '../../verb/verb.js';
import { openModel } from '../../model/open-model.js';
import type { ServeFlags } from './serve-flags.js';

/** Answers requests for completions until Ctrl-C or SIGTERM, then finishes those it has. */
export async function serveModel(
  call: Omit<DomainCall<ServeFlags>, 'settings' | 'chosen'>,
): Promise<void> {
  const { app, flags, output, io } = call;
  const apiKey = flags.apiKey ?? process.env.RAMBLE_API_KEY;
  const { storage } = findRun(flags.model);
  const { checkApiKey, isLoopback, startServer } = await import('@ramble/server');
  checkApiKey(apiKey); // before the model is read
  const { domain, model } = await openModel(call);
  const id = basename(resolve(storage.name));
  const server = await startServer(
    { id, model, app, domain },
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
  if (output.isJson) await output.printJson({ url: `${server.url}/v1`, model: id });
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

/** Options of the server that flags give under another name. */
function withFlag(error: unknown): unknown {
  if (!(error instanceof RangeError) || !error.message.startsWith('corsOrigins: ')) return error;
  return new UsageError(error.message.replace('corsOrigins', '--cors-origin'), { cause: error });
}
