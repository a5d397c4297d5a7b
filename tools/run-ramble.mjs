import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const program = join(root, 'apps/ramble/bin/ramble.js');

/**
 * Runs a `ramble` command at the root of the repository, at the terminal of this process, and waits for its end.
 * Ends this process with the command's status unless that is 0.
 *
 * A terminal sends Ctrl-C to all processes in the foreground. This process ignores it, and the command stops an
 * answer or saves a checkpoint: if this process ended, the shell would take the terminal away from the command.
 */
export async function runRamble(words) {
  const child = spawn(process.execPath, [program, ...words], { cwd: root, stdio: 'inherit' });
  const ignore = () => undefined;
  const forward = (signal) => child.kill(signal);
  process.on('SIGINT', ignore).on('SIGTERM', forward).on('SIGHUP', forward);
  const [status] = await once(child, 'close');
  process.off('SIGINT', ignore).off('SIGTERM', forward).off('SIGHUP', forward);
  if (status !== 0) process.exit(status ?? 1);
}
