import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

import { typescriptCommand } from './typescript-command.js';

/** Starts a TypeScript program in a separate process, on sources that need not be built. */
export function spawnTypescript(
  program: URL,
  ...args: readonly string[]
): ChildProcessByStdio<null, Readable, Readable> {
  const [node, ...words] = typescriptCommand(program, ...args);
  return spawn(node, words, {
    env: { ...process.env, NODE_OPTIONS: '' }, // jest's are not for it
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
