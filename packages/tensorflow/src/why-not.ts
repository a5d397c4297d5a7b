import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const HOW =
  'in a clone of ramble run npm run setup:tensorflow, elsewhere npm install @tensorflow/tfjs-node@4.22.0';

/**
 * Why tfjs-node cannot be loaded, and how to get it; `undefined` when it can.
 *
 * @param from - The module that would import it, as a path or file URL.
 */
export function whyNot(from: string): string | undefined {
  const require = createRequire(from);
  let folder: string;
  try {
    // eslint-disable-next-line @nx/enforce-module-boundaries -- an optional dependency, a kind that the rule does not know
    folder = dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
  } catch {
    return `@tensorflow/tfjs-node is not installed: ${HOW}`;
  }
  const binding = join(folder, 'lib/napi-v8/tfjs_binding.node');
  if (!existsSync(binding)) return `@tensorflow/tfjs-node is installed without its binary: ${HOW}`;
  try {
    require(binding);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `the binary of @tensorflow/tfjs-node does not load (${reason}): ${HOW}`;
  }
  return undefined;
}
