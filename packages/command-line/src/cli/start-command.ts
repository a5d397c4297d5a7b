import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

import { fileError } from '@ramble/node';

import type { StartedCommand } from '../verb/started-command.js';

/** Not through a link, which could lead out of the folder that the file is in. */
const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW;

/**
 * Starts this command again with other words, as a process that goes on when this one ends or its terminal is
 * closed.
 *
 * @param outputFile - All that it prints is added to this file.
 * @throws Error that names the file, when it cannot be written; what the system says when no process starts.
 */
export async function startCommand(
  words: readonly string[],
  outputFile: string,
): Promise<StartedCommand> {
  const file = await open(outputFile, APPEND).catch((error: unknown) => {
    throw fileError(outputFile, error);
  });
  try {
    const [program, script] = process.argv;
    const child = spawn(program, [...process.execArgv, script, ...words], {
      detached: true,
      stdio: ['ignore', file.fd, file.fd],
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('spawn', () => resolve(child.pid ?? 0));
      child.once('error', reject);
    });
    child.unref();
    return { pid, ended };
  } finally {
    await file.close();
  }
}
