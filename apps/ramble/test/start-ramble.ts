import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built program. */
export const BIN = fileURLToPath(new URL('../bin/ramble.js', import.meta.url));

/** Exit status and output of a process. */
export interface Ended {
  /** `null` if a signal ended the process. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cacheFolder?: string;
  /** Working directory; the current folder unless given. */
  readonly folder?: string;
  /** All of standard input; it stays open unless given. */
  readonly stdin?: string;
  /** Environment variables in addition to the variables of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  /** Closes standard output without reading it, as `head` does when it has enough. */
  readonly closesStdout?: boolean;
  /** Called with the process and each line that it writes to standard error. */
  readonly onLine?: (line: string, child: ChildProcessWithoutNullStreams) => void;
}

/** Starts the built program as a user would, and waits for its end. */
export function startRamble(
  words: readonly string[],
  {
    cacheFolder,
    folder,
    stdin,
    env = {},
    nodeOptions = [],
    closesStdout = false,
    onLine,
  }: StartOptions = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [...nodeOptions, BIN, ...words], {
    cwd: folder,
    // Leaves out Jest's options of Node and the colours that test runners request.
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      npm_command: 'exec', // as under npx, whatever runs the tests
      FORCE_COLOR: '',
      ...(cacheFolder && { RAMBLE_CACHE: cacheFolder }),
      ...env,
    },
  });
  if (stdin !== undefined) child.stdin.end(stdin);
  let [stdout, stderr, line] = ['', '', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  if (closesStdout) child.stdout.destroy();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    const lines = (line + text).split('\n');
    line = lines.pop() ?? '';
    for (const each of lines) onLine?.(each, child);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}
