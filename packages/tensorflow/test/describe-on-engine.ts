import { tensorflowEngine } from '../src/engine.js';

const reason = await tensorflowEngine.check();
if (reason === undefined) await tensorflowEngine.load();

/**
 * Calls Jest's `describe` if the engine `tensorflow` can run. Otherwise prints the reason, and skips one test with
 * the reason in its title.
 */
export function describeOnEngine(name: string, body: () => void): void {
  if (reason === undefined) {
    describe(name, body);
    return;
  }
  process.stderr.write(`\nSKIPPED: ${name}, on the engine tensorflow: ${reason}\n\n`);
  it.skip(`${name}: ${reason}`, () => undefined);
}
