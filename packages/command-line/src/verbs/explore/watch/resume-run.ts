import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

import { runHolder } from '@ramble/runs/node';

import type { Io } from '../../../verb/io.js';
import type { StartedCommand } from '../../../verb/started-command.js';
import { resumeLine, resumeWords, type StoppedRun } from './resume-line.js';

/** What goes on with runs, and tells how that failed. */
export interface RunResumer {
  /**
   * Starts a process that goes on with a run, and waits until it has found the data and holds the lock.
   *
   * @throws Error where a process trains in it already, or the new one fails.
   */
  resume(run: StoppedRun): Promise<void>;
  /** The last words of a process that was started and failed. */
  problemOf(path: string): string | undefined;
}

/** The file in a run's folder that a process which was started prints to. */
const OUTPUT = 'resume.log';
const POLL_MS = 100;
/** A process that reads much data does so for longer; what becomes of it is told later. */
const PATIENCE_MS = 20_000;

/** Makes what goes on with runs, by starting the command again. */
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

/** The last line of a file, without colours, which the environment may ask for. */
async function lastLine(file: string): Promise<string> {
  const text = stripVTControlCharacters(await readFile(file, 'utf8').catch(() => ''));
  const lines = text.trim().split('\n');
  return lines.at(-1) || 'no word of why not';
}
