import type { Output } from '../../verb/output.js';
import { tellRepairs } from '../../content/tell-repairs.js';
import type { WatchOptions } from '../../data/watch-files.js';

/** Reads files with a line that tells how far it is, until the user stops it. */
export function readingOptions(output: Output, signal: AbortSignal, what: string): WatchOptions {
  return {
    signal,
    onSkip: (reason) => void output.warn(`left out: ${reason}`),
    onRepair: tellRepairs(output),
    onProgress: (share) => {
      output.progress(`${what} the data: ${Math.floor(100 * share)} %`);
    },
  };
}
