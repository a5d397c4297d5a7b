import { type CommandContext, runHere } from './run-here.js';

/** Printed text and exit status of a command. */
export interface Asked {
  readonly status: number;
  readonly printed: string;
}

/**
 * Parses a command line and shows the help of its verb in place of running it, without an engine or a model.
 * Unknown flags and wrong values are still refused.
 *
 * @param flag - `--help` for the options that matter most, or `--help-all` for all.
 */
export async function askHelp(
  words: readonly string[],
  flag: '--help' | '--help-all' = '--help-all',
  { columns, apps }: Pick<CommandContext, 'columns' | 'apps'> = {},
): Promise<Asked> {
  const around = { columns, apps, program: 'ramble', engines: [] };
  const { status, stdout, stderr } = await runHere([...words, flag], around);
  return { status, printed: stdout + stderr };
}
