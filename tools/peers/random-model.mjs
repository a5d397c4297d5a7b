import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { cacheFolder } from './installed.mjs';

const folder = dirname(fileURLToPath(import.meta.url));

/**
 * Returns the path of the random model that a script of this folder writes: `SCRIPT MODEL WEIGHTS PATH`. The model
 * is cached until the script or a model changes.
 */
export function randomModel(script, name, weights) {
  const hash = createHash('sha256');
  for (const file of [script, 'decode_configs.py', 'gpt.py', 'llama.py']) {
    hash.update(readFileSync(join(folder, file)));
  }
  const home = join(cacheFolder(), `peer-models-${hash.digest('hex').slice(0, 8)}`);
  const path = join(home, `${name}-${weights}`);
  if (!existsSync(path)) {
    mkdirSync(home, { recursive: true });
    const half = `${path}.${process.pid}`;
    execFileSync(join(folder, 'run'), [script, name, weights, half], { stdio: ['ignore', 2, 2] });
    renameSync(half, path);
  }
  return path;
}
