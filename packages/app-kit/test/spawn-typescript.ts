import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

const hooks = new URL('../../../tools/typescript-hooks.mjs', import.meta.url).href;
const register = `import { register } from 'node:module'; register(${JSON.stringify(hooks)});`;

/** Starts a program of this folder in a process of its own, to be killed. */
export function spawnTypescript(
  program: string,
  ...args: readonly string[]
): ChildProcessByStdio<null, Readable, Readable> {
  const path = new URL(program, import.meta.url).pathname;
  const options = [
    `--import=data:text/javascript,${encodeURIComponent(register)}`,
    '--conditions=@ramble/source',
  ];
  return spawn(process.execPath, [...options, path, ...args], {
    env: { ...process.env, NODE_OPTIONS: '' }, // jest's are not for it
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
