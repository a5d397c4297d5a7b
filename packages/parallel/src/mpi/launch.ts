import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

import type { Host } from './launch/hosts.js';
import { findLaunchProgram } from './launcher.js';

/** A stream of ranks. */
type RankStream = 'stdout' | 'stderr';

/** What is started, and where. */
export interface RankLaunch {
  /** Number of processes. */
  readonly count: number;
  /** Machines to start them on; none for this one, or for those that a scheduler has given to the job. */
  readonly hosts: readonly Host[];
  /** A program and its words, the same on all machines. */
  readonly command: readonly [program: string, ...words: string[]];
  /** Whether the launcher leaves the others alone when a rank ends. */
  readonly survive: boolean;
  /** Given each line that ranks write, and the stream that they write it to. */
  readonly onLine: (line: string, stream: RankStream) => void;
  /** Calls a listener at the next Ctrl-C or SIGTERM; returns what takes it away. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** How ranks ended. */
export interface RankEnd {
  /** The launcher's exit status, that of a rank that failed; 128 and the signal's number where one ended it. */
  readonly status: number;
  /** The launcher's name. */
  readonly launcher: string;
  /** What the launcher said of it, in one line; may be empty. */
  readonly complaint: string;
}

/**
 * Starts a program as several ranks by the launcher of MPI that is on the path, and waits for their end. The
 * first Ctrl-C asks them to save and end, the next one ends them at once; ended, too, are ranks whose launching
 * process ends first.
 *
 * @throws Error where there is no launcher.
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
  // A group of its own: Ctrl-C at a terminal would reach the launcher, and some kill their ranks then.
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

/** Lines between which Open MPI, or Hydra, says something at length. */
const FENCE = /^(-|=){50,}$/;

/** What else launchers say, and the shell by which they reach other machines. */
const OF_LAUNCHER = [
  /^\[(mpiexec|proxy)\S*@/,
  /^\[[\w.-]+:\d+\] /,
  /^YOUR APPLICATION TERMINATED WITH/,
  /^This typically refers to a problem with your application\.$/,
  /^Please see the FAQ page for debugging suggestions$/,
  /^ssh: /,
];

/** Tells apart what ranks say and what their launcher does, both of which come on its standard error. */
interface LauncherLines {
  /**
   * Takes a line.
   *
   * @returns whether a rank said it.
   */
  take(line: string): boolean;
  /** The first thing that the launcher said, in one line; empty where it said nothing. */
  complaint(): string;
}

/** Lines of a launcher, from the first one on. */
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
 * Paths of a library to try: beside the programs that this process comes from, as a launcher lies in the
 * `bin` of the folder whose `lib` has its library, then wherever the system looks.
 *
 * @param name - A file name, `libmpi.so.40`.
 * @returns paths that exist, and `name` as the last.
 */
export function libraryPaths(name: string, ancestors = ancestorPrograms()): string[] {
  const beside = ancestors.map((program) => join(dirname(program), '..', 'lib', name));
  return [...new Set(beside.filter((path) => existsSync(path))), name];
}

/** Paths of the programs of the parent process, its parent and so on; none where the system has no `/proc`. */
function ancestorPrograms(): string[] {
  const programs: string[] = [];
  try {
    for (let id = process.ppid; id > 1; id = parentOf(id)) {
      programs.push(readlinkSync(`/proc/${id}/exe`));
    }
  } catch {
    // Another user's process, or no /proc: what was found so far is enough.
  }
  return programs;
}

/** The fourth field of `stat`, behind the name in parentheses, which may contain anything. */
function parentOf(id: number): number {
  const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
