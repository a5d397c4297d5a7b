import { spawn } from 'node:child_process';

import { errorCode } from '@ramble/node';

export interface CommandOptions {
  /** Working directory of the command. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** A program that ran and failed. */
export class FailedCommandError extends Error {
  /** What it wrote to standard error. */
  readonly complaint: string;

  constructor(message: string, complaint: string) {
    super(message);
    this.complaint = complaint;
  }
}

const SHOWN_LINES = 4;

/**
 * Runs a program of the user's machine to its end, without its output.
 *
 * @param name - what it is for, for error messages
 * @throws Error when it is not there; FailedCommandError when it fails, with the first lines it wrote to
 *   standard error.
 */
export async function runCommand(
  name: string,
  [program, ...parameters]: readonly [string, ...string[]],
  { folder, environment, signal }: CommandOptions,
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(program, parameters, {
    cwd: folder,
    env: environment,
    signal,
    stdio: ['ignore', 'ignore', 'pipe'],
    // On Windows npm is a script, which only a shell starts.
    shell: process.platform === 'win32',
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const outcome = await new Promise<Error | number | string>((resolve) => {
    child.once('error', resolve);
    child.once('close', (status, killedBy) => resolve(status ?? killedBy ?? 'no status'));
  });
  signal?.throwIfAborted();
  if (outcome === 0) return;
  if (errorCode(outcome) === 'ENOENT') {
    throw new Error(`${name}: expected ${program} on the PATH, got none`, { cause: outcome });
  }
  const lines = complaint.split('\n').filter((line) => line.trim() !== '');
  const shown = lines.slice(0, SHOWN_LINES).join('; ');
  const got = outcome instanceof Error ? outcome.message : `exit status ${outcome}: ${shown}`;
  throw new FailedCommandError(
    `${name}: expected "${[program, ...parameters].join(' ')}" to succeed, got ${got}`,
    complaint,
  );
}
