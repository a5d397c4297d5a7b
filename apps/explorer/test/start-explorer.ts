import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../../..');
/** The built program, which starts in less time than its sources. */
const COMMAND = [join(root, 'apps/ramble/bin/ramble.js')];

/** Returns the folder of a small model in this repository. */
export function modelFolder(name: string): string {
  return join(root, 'examples/models', name);
}

/** Returns the JSON that a command of ramble prints. */
export async function askCommand(words: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [...COMMAND, ...words, '--json']);
  return JSON.parse(stdout) as unknown;
}

/** Starts a command of ramble, whose output is ignored. */
export function startCommand(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...COMMAND, ...words], { stdio: 'ignore' });
}

/** Starts `ramble explore` as a user would, on a free port unless one is given. */
export async function startExplorer(
  words: readonly string[],
  port = 0,
): Promise<{ readonly address: string; readonly close: () => Promise<void> }> {
  const child = spawn(
    process.execPath,
    [...COMMAND, 'explore', '--port', String(port), '--no-open', ...words],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [address] = (await once(createInterface(child.stdout), 'line')) as [string];
  const close = async (): Promise<void> => {
    child.kill('SIGINT');
    await once(child, 'exit');
  };
  return { address, close };
}
