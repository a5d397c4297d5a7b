import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const register = new URL('../../../tools/register-typescript.mjs', import.meta.url).href;

/** Starts a TypeScript program in a process of its own, on sources that need not be built. */
export function spawnTypescript(
  program: URL,
  ...args: readonly string[]
): ChildProcessByStdio<null, Readable, Readable> {
  const options = [`--import=${register}`, '--conditions=@ramble/source'];
  return spawn(process.execPath, [...options, fileURLToPath(program), ...args], {
    env: { ...process.env, NODE_OPTIONS: '' }, // jest's are not for it
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
