import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

import { findLaunchProgram, type Host } from './launcher.js';

/** Name of an output stream of a rank. */
type RankStream = 'stdout' | 'stderr';

/** Program to start as ranks, and the machines to start it on. */
export interface RankLaunch {
  /** Number of processes. */
  readonly count: number;
  /** Machines to start the processes on. If empty, this machine, or the machines that a scheduler gave to the job. */
  readonly hosts: readonly Host[];
  /** A program and its arguments, the same on all machines. */
  readonly command: readonly [program: string, ...words: string[]];
  /** Whether the launcher keeps the other ranks running when a rank ends. */
  readonly survive: boolean;
  /** Called with each line that ranks write, and the stream of the line. */
  readonly onLine: (line: string, stream: RankStream) => void;
  /** Calls a listener at the next Ctrl-C or SIGTERM; returns a function that removes the listener. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** Result of a launch, after all ranks ended. */
export interface RankEnd {
  /** Exit status of the launcher, which is a failed rank's status; 128 + N if signal N ended the launcher. */
  readonly status: number;
  /** The launcher's name. */
  readonly launcher: string;
  /** First message of the launcher itself, in one line; may be empty. */
  readonly complaint: string;
}

/**
 * Starts a program as several ranks with the MPI launcher on the path, and waits until all have ended. The
 * first Ctrl-C makes them save and end, and the second ends them at once. If the launching process ends
 * first, its ranks are ended too.
 *
 * @throws Error if no launcher is on the path, or if it does not support `survive`.
 */
export async function launchRanks(launch: RankLaunch): Promise<RankEnd> {
  const program = await findLaunchProgram(process.env);
  const variables = Object.keys(process.env).filter((name) => name.startsWith('RAMBLE_'));
  if (launch.survive && !program.surviveWords) {
    throw new Error(`survive: expected mpirun of Open MPI 5 or later on the path, got another one`);
  }
  const words = [
    ...((launch.survive && program.surviveWords) || []),
    ...program.words(launch.count, launch.hosts, launch.command, variables),
  ];
  // In a separate process group: Ctrl-C at a terminal would reach the launcher, and some kill their ranks then.
  const child = spawn(program.name, words, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...program.env },
  });
  const end = (): void => void child.kill('SIGTERM');
  process.once('exit', end);
  let forget = launch.onInterrupt(() => {
    child.kill(program.stopSignal);
    forget = launch.onInterrupt(end);
  });
  const said = new Map<RankStream, LauncherLines>();
  const read = async (stream: RankStream): Promise<void> => {
    const lines = launcherLines();
    said.set(stream, lines);
    for await (const line of createInterface({ input: child[stream] })) {
      if (lines.take(line)) launch.onLine(line, stream);
    }
  };
  try {
    const [[code, signal]] = await Promise.all([
      once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
      read('stdout'),
      read('stderr'),
    ]);
    const status = signal ? 128 + constants.signals[signal] : (code ?? 1);
    const complaints = [...said.values()].map((lines) => lines.complaint());
    const complaint = complaints.find((text) => text !== '') ?? '';
    return { status, launcher: program.name, complaint };
  } finally {
    forget();
    process.off('exit', end);
  }
}

/** Matches the line before and after a long message of Open MPI or of Hydra, the launcher of MPICH. */
const FENCE = /^(-|=){50,}$/;

/** Patterns of single lines that launchers print, or the `ssh` that they use to reach other machines. */
const OF_LAUNCHER = [
  /^\[(mpiexec|proxy)\S*@/,
  /^\[[\w.-]+:\d+\] /,
  /^YOUR APPLICATION TERMINATED WITH/,
  /^This typically refers to a problem with your application\.$/,
  /^Please see the FAQ page for debugging suggestions$/,
  /^ssh: /,
];

/** Separates the lines of ranks from the launcher's messages. Both arrive on the launcher's output streams. */
interface LauncherLines {
  /**
   * Processes a line.
   *
   * @returns whether a rank wrote the line.
   */
  take(line: string): boolean;
  /** First message of the launcher, in one line; empty if it printed none. */
  complaint(): string;
}

/** Makes an empty `LauncherLines`, which must receive each line from the first on. */
export function launcherLines(): LauncherLines {
  const said: string[] = [];
  let block: string[] | undefined;
  return {
    take: (line) => {
      const isFence = FENCE.test(line);
      if (block) {
        if (isFence) {
          said.push(block.join(' '));
          block = undefined;
        } else {
          block.push(line.replace(/^=/, '').trim());
        }
        return false;
      }
      if (isFence) block = [];
      else if (OF_LAUNCHER.some((pattern) => pattern.test(line))) said.push(line);
      else return line !== '';
      return false;
    },
    complaint: () => {
      const [first = ''] = said;
      return first
        .replace(/^\[\S+\] /, '')
        .replace(/\s+/g, ' ')
        .trim();
    },
  };
}

/**
 * Returns the paths of a library to try. A launcher in `DIR/bin` has its library in `DIR/lib`, so each program that
 * this process descends from yields a path. The name alone comes last, for the system's search path.
 *
 * @param file - A file name on Linux, `libmpi.so.40`; on macOS that is `libmpi.40.dylib`.
 * @returns paths that exist, and the name as the last.
 */
export function libraryPaths(
  file: string,
  ancestors = ancestorPrograms(),
  platform: string = process.platform,
): string[] {
  const name = platform === 'darwin' ? file.replace(/\.so\.(\d+)$/, '.$1.dylib') : file;
  const paths = ancestors.map((program) => join(dirname(program), '..', 'lib', name));
  return [...new Set(paths.filter((path) => existsSync(path))), name];
}

/** Paths of the programs of the parent process, its parent and so on; empty if the system has no `/proc`. */
function ancestorPrograms(): string[] {
  const programs: string[] = [];
  try {
    for (let id = process.ppid; id > 1; id = parentOf(id)) {
      programs.push(readlinkSync(`/proc/${id}/exe`));
    }
  } catch {
    // Another user's process, or no /proc: the paths found so far are enough.
  }
  return programs;
}

/**
 * Returns the id of a process's parent: the fourth field of `/proc/ID/stat`. Fields are counted after the second one,
 * the name in parentheses, which may contain anything.
 */
function parentOf(id: number): number {
  const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
