import type { Engine } from './engine.js';

/**
 * Loads the first engine that runs here.
 *
 * @param engines - Fastest first.
 * @param onPassedOver - Told of each engine before it and why it cannot run here.
 * @returns the engine that was loaded.
 * @throws Error when none runs here.
 */
export async function loadFirstEngine(
  engines: readonly Engine[],
  onPassedOver?: (engine: Engine, obstacle: string) => Promise<void> | void,
): Promise<Engine> {
  for (const engine of engines) {
    const obstacle = await engine.check();
    if (obstacle === undefined) {
      await engine.load();
      return engine;
    }
    await onPassedOver?.(engine, obstacle);
  }
  throw new Error('engine: expected one that runs on this machine, got none');
}
