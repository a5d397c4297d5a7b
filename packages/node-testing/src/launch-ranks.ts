import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import type { InstalledMpi } from './installed-mpis.js';

/** What ranks did until their launcher ended. */
export interface LaunchedRanks {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command as some ranks of this machine.
 *
 * @param variables - Those of the ranks beside this process's own.
 */
export async function launchRanks(
  { launcher, arguments: words, env }: InstalledMpi,
  count: number,
  command: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<LaunchedRanks> {
  const child = spawn(launcher, [...words, String(count), ...command], {
    // Jest's options of Node are not for them, nor the colours that a runner of tests asks for.
    env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '', ...env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { status, stdout, stderr };
}
