import { tensorflowEngine } from '../src/engine.js';

const reason = await tensorflowEngine.check();
if (reason === undefined) await tensorflowEngine.load();

/**
 * `describe` on the engine; if it cannot run, prints the reason and skips one test whose title says
 * so.
 */
export function describeOnEngine(name: string, body: () => void): void {
  if (reason === undefined) {
    describe(name, body);
    return;
  }
  process.stderr.write(`\nSKIPPED: ${name}, on the engine tensorflow: ${reason}\n\n`);
  it.skip(`${name}: ${reason}`, () => undefined);
}
