import { loadFirstEngine } from '@ramble/core';
import type { Engine } from '@ramble/core/engine';

import type { EngineFlag } from './flag.js';
import type { Output } from './output.js';
import { notOneOf } from './unknown-name.js';

/**
 * Loads the requested engine, or the first that runs on this machine. Each skipped engine causes a warning with its
 * remedy.
 *
 * @param engines - Available engines, the fastest first.
 * @throws UsageError for an unknown name; Error if the requested engine cannot run on this machine.
 */
export async function loadEngine(
  engines: readonly Engine[],
  { engine: requested, threads }: EngineFlag,
  output: Output,
): Promise<Engine> {
  if (threads !== undefined) process.env.RAMBLE_THREADS = String(threads); // the engine reads it when it is loaded
  if (requested === undefined) {
    return loadFirstEngine(engines, ({ name }, obstacle) =>
      output.warn(`engine ${name} is not used: ${obstacle}`),
    );
  }
  const engine = await namedEngine(engines, requested);
  await engine.load();
  return engine;
}

async function namedEngine(engines: readonly Engine[], requested: string): Promise<Engine> {
  const engine = engines.find(({ name }) => name === requested);
  if (!engine) {
    const known = engines.map(({ name }) => name);
    throw notOneOf('--engine', known, requested);
  }
  const obstacle = await engine.check();
  if (obstacle !== undefined) throw new Error(`--engine ${requested}: ${obstacle}`);
  return engine;
}
