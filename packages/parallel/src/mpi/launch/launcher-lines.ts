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
export interface LauncherLines {
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
