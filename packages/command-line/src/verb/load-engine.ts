import { type Engine, loadFirstEngine, nearestName } from '@ramble/core';

import { UsageError } from './exit-errors.js';
import type { EngineFlag } from './flag.js';
import type { Output } from './output.js';

/**
 * Loads the engine that was asked for, or the first that runs here; each one that is passed over gives
 * a warning that says how to get it.
 *
 * @param engines - Fastest first.
 * @throws UsageError for an unknown name; Error when the engine that was asked for cannot run here.
 */
export async function loadEngine(
  engines: readonly Engine[],
  { engine: asked, threads }: EngineFlag,
  output: Output,
): Promise<Engine> {
  if (threads !== undefined) process.env.RAMBLE_THREADS = String(threads); // read when it is loaded
  if (asked === undefined) {
    return loadFirstEngine(engines, ({ name }, obstacle) =>
      output.warn(`engine ${name} is not used: ${obstacle}`),
    );
  }
  const engine = await namedEngine(engines, asked);
  await engine.load();
  return engine;
}

async function namedEngine(engines: readonly Engine[], asked: string): Promise<Engine> {
  const names = engines.map(({ name }) => name);
  const engine = engines.find(({ name }) => name === asked);
  if (!engine) {
    const nearest = nearestName(asked, names);
    const hint = nearest ? `. Did you mean ${nearest}?` : '';
    throw new UsageError(`--engine: expected one of ${names.join(', ')}, got ${asked}${hint}`);
  }
  const obstacle = await engine.check();
  if (obstacle !== undefined) throw new Error(`--engine ${asked}: ${obstacle}`);
  return engine;
}
