import { runHere } from './run-here.js';

/** Printed text and exit status of a command. */
export interface Asked {
  readonly status: number;
  readonly printed: string;
}

/**
 * Parses a command line and shows the help of its verb instead of running it: it loads neither an engine nor
 * a model. Unknown flags and wrong values are refused all the same.
 *
 * @param flag - For the options that matter most, or all of them.
 */
export async function askHelp(
  words: readonly string[],
  flag: '--help' | '--help-all' = '--help-all',
  { columns }: { readonly columns?: number } = {},
): Promise<Asked> {
  const around = { columns, program: 'ramble', engines: [] };
  const { status, stdout, stderr } = await runHere([...words, flag], around);
  return { status, printed: stdout + stderr };
}
