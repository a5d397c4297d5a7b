import { type Io, runCli, VERBS } from '@ramble/command-line';

import { APPS } from '../src/apps.js';

/** What was printed, and the exit status. */
export interface Asked {
  readonly status: number;
  readonly printed: string;
}

/**
 * Parses a command line and shows the help of its verb instead of running it, in this process: it loads
 * neither an engine nor a model. Unknown flags and wrong values are refused all the same.
 *
 * @param flag - For the options that matter most, or all of them.
 */
export async function askHelp(
  words: readonly string[],
  flag: '--help' | '--help-all' = '--help-all',
  { columns }: { readonly columns?: number } = {},
): Promise<Asked> {
  let printed = '';
  const sink = {
    isTerminal: false,
    hasColour: false,
    columns,
    write: (chunk: string | Uint8Array) => Promise.resolve(void (printed += String(chunk))),
  };
  const io: Io = {
    stdin: (async function* () {})(),
    stdout: sink,
    stderr: sink,
    draw: () => undefined,
    clock: performance,
    importModule: (path) => import(path),
    newSeed: () => 0,
    onInterrupt: () => () => undefined,
  };
  const setup = { version: '0.0.0', engines: [], apps: APPS, verbs: VERBS };
  const status = await runCli(setup, [...words, flag], io);
  return { status, printed };
}
