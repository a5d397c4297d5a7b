import { readLogEnd } from '@ramble/runs/node';

import { shellQuoted } from '../../../format/shell-quoted.js';

/** A run that is to go on. */
export interface StoppedRun {
  /** The folder of the run. */
  readonly path: string;
  /** What its domain is called at the command line: a name, or the path of a module. */
  readonly word: string;
  /** The words that start this program again; `ramble` unless given. */
  readonly program?: string;
}

/** The words that go on with a run, without the name of the command. */
export function resumeWords({ path, word }: StoppedRun): string[] {
  return [word, 'train', '--resume', '--out', path];
}

/** The line to type that goes on with a run; where ranks trained it, with a place for how many and where. */
export async function resumeLine(run: StoppedRun): Promise<string> {
  const line = [run.program ?? 'ramble', ...resumeWords(run).map(shellQuoted)].join(' ');
  return (await wasTrainedTogether(run.path)) ? `${line} --ranks N` : line;
}

/** Whether several processes trained a run together last; neither their number nor their machines are known. */
export async function wasTrainedTogether(path: string): Promise<boolean> {
  return (await readLogEnd(path)).lastStep?.waitedShare !== undefined;
}
