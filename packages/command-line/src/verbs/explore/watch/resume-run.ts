import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

import { errorCode } from '@ramble/node';
import { confirmedTrainer, readLogEnd, runHolder } from '@ramble/runs/node';

import { shellQuoted } from '../../../verb/verb.js';
import type { Io, StartedCommand } from '../../../verb/io.js';

/** Resumes runs, and reports why a resumed run failed. */
export interface RunResumer {
  /**
   * Starts a process that resumes a run, and waits until it has found the data and has the run's lock.
   *
   * @throws Error if a process already trains the run, or the new process fails.
   */
  resume(run: StoppedRun): Promise<void>;
  /** Last line that a process printed before it failed; `undefined` if it has not failed. */
  problemOf(path: string): string | undefined;
}

/** File in a run's folder that receives the output of a resumed training. */
const OUTPUT = 'resume.log';
const POLL_MS = 100;
/** Maximum wait for a new process. One that reads much data takes longer; its failure is reported later. */
const PATIENCE_MS = 20_000;

/** Creates a resumer that starts the command again. */
export function runResumer(startCommand: Io['startCommand'], patienceMs = PATIENCE_MS): RunResumer {
  const started = new Map<string, StartedCommand>();
  const problems = new Map<string, string>();

  async function end(path: string, { ended }: StartedCommand): Promise<void> {
    const status = await ended;
    started.delete(path);
    if (status !== 0 && status !== 130) problems.set(path, await lastLine(join(path, OUTPUT)));
  }

  return {
    problemOf: (path) => problems.get(path),
    resume: async (run) => {
      const { path } = run;
      const pid = started.get(path)?.pid;
      const holder = pid === undefined ? await runHolder(path) : { words: `process ${pid}` };
      if (holder) {
        throw new Error(
          `run: expected one that does not train, got one that ${holder.words} trains`,
        );
      }
      if (!startCommand) {
        throw new Error(
          `run: expected a command that can start again, got none; type: ${await resumeLine(run)}`,
        );
      }
      problems.delete(path);
      const command = await startCommand(resumeWords(run), join(path, OUTPUT));
      started.set(path, command);
      const ending = end(path, command);
      for (let waited = 0; waited < patienceMs && started.has(path); waited += POLL_MS) {
        if ((await runHolder(path)) !== undefined) return;
        await Promise.race([ending, setTimeout(POLL_MS)]);
      }
      const problem = problems.get(path);
      if (problem !== undefined) throw new Error(`run: expected it to go on, got ${problem}`);
    },
  };
}

/** Returns the last line of a file, without escape sequences for colours. */
async function lastLine(file: string): Promise<string> {
  const text = stripVTControlCharacters(await readFile(file, 'utf8').catch(() => ''));
  const lines = text.trim().split('\n');
  return lines.at(-1) || 'no word of why not';
}

/** A run to resume. */
interface StoppedRun {
  /** The folder of the run. */
  readonly path: string;
  /** Name of its domain on the command line, or the path of its module. */
  readonly word: string;
  /** The words that start this program again; `ramble` unless given. */
  readonly program?: string;
}

/** The words that resume a run, without the name of the command. */
function resumeWords({ path, word }: StoppedRun): string[] {
  return [word, 'train', '--resume', '--out', path];
}

/** Command that resumes a run; if several ranks trained it, with a placeholder for their number. */
export async function resumeLine(run: StoppedRun): Promise<string> {
  const line = [run.program ?? 'ramble', ...resumeWords(run).map(shellQuoted)].join(' ');
  return (await wasTrainedTogether(run.path)) ? `${line} --ranks N` : line;
}

/** Whether several processes trained a run together when it was last trained. */
export async function wasTrainedTogether(path: string): Promise<boolean> {
  return (await readLogEnd(path)).lastStep?.waitedShare !== undefined;
}

/** Signals the process that trains a run to save and end. A process is signalled only if it holds the run's lock. */
export type StopRun = (path: string) => Promise<void>;

/**
 * Creates a function that stops trainings. It signals each process once: a second signal would end it unsaved.
 *
 * @param signal - Sends the signal.
 */
export function runStopper(
  signal: (pid: number) => void = (pid) => process.kill(pid, 'SIGTERM'),
): StopRun {
  const signalled = new Map<string, number>();
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
    if (signalled.get(path) === pid) return;
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
    signalled.set(path, pid);
  };
}
