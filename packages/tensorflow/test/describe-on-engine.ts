import { tensorflowEngine } from '../src/engine.js';

const reason = await tensorflowEngine.check();
if (reason === undefined) await tensorflowEngine.load();

/** `describe` on the engine; where it cannot run, a skipped test that says so, and a line of its own. */
export function describeOnEngine(name: string, body: () => void): void {
  if (reason === undefined) {
    describe(name, body);
    return;
  }
  process.stderr.write(`\nSKIPPED: ${name}, on the engine tensorflow: ${reason}\n\n`);
  it.skip(`${name}: ${reason}`, () => undefined);
}
