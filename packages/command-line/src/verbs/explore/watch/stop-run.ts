import { errorCode } from '@ramble/node';
import { confirmedTrainer, runHolder } from '@ramble/runs/node';

/**
 * Asks the process that trains a run to save and end, by the signal that does. Only a process that certainly
 * holds the run's lock is signalled.
 */
export type StopRun = (path: string) => Promise<void>;

/**
 * Makes what stops trainings. Each process is asked once: a second signal would end it at once, unsaved.
 *
 * @param signal - Sends the signal.
 */
export function runStopper(
  signal: (pid: number) => void = (pid) => process.kill(pid, 'SIGTERM'),
): StopRun {
  const asked = new Map<string, number>();
  return async (path) => {
    const holder = await runHolder(path);
    if (!holder) throw new Error(`run: expected one that trains, got ${path}, which does not`);
    const { pid, words } = holder;
    if (pid === undefined) {
      throw new Error(`run: expected one that trains on this machine, got ${words}; stop it there`);
    }
    if (process.platform === 'win32') {
      // Signals of Windows end a process at once.
      throw new Error(`run: expected a system with signals, got Windows; press Ctrl-C in ${words}`);
    }
    if (asked.get(path) === pid) return;
    if ((await confirmedTrainer(path)) !== pid) {
      throw new Error(
        `run: expected a process that holds the lock of ${path}, got ${words}, which the lock names and which does not hold it; ` +
          'press Ctrl-C where the run trains, or remove its file .lock if nothing trains it',
      );
    }
    try {
      signal(pid);
    } catch (error) {
      const isGone = errorCode(error) === 'ESRCH';
      if (isGone) return;
      throw new Error(`run: expected permission to signal ${words}, got none`, { cause: error });
    }
    asked.set(path, pid);
  };
}
