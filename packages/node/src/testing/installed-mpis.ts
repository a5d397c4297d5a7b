import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** An MPI that `npm run setup:mpi` has put into ramble's cache folder, and how it is started. */
export interface InstalledMpi {
  readonly name: string;
  readonly launcher: string;
  /** Words behind the launcher, the number of ranks next. */
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly library: string;
  /** The library of MPI 5's standard interface; absent where there is none. */
  readonly standardLibrary?: string;
}

/** The MPIs to test under; says so when there is none, as the tests that need one are skipped. */
export function installedMpis(): InstalledMpi[] {
  const mpis = findInstalledMpis();
  if (mpis.length === 0) {
    process.stderr.write(
      'mpi: SKIPPED: no MPI to launch ranks with; npm run setup:mpi gets some\n',
    );
  }
  return mpis;
}

/** Finds the MPIs in the cache folder; none where `npm run setup:mpi` has not run. */
export function findInstalledMpis(): InstalledMpi[] {
  const { RAMBLE_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = RAMBLE_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ramble');
  const folder = join(cache, 'mpi');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = names.map((name) => join(folder, name, 'launch.json')).filter(existsSync);
  return files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as InstalledMpi); // as setup:mpi wrote it
}

/** What tests that are skipped are given. */
export const ABSENT: InstalledMpi = {
  name: 'MPI',
  launcher: '',
  arguments: [],
  env: {},
  library: '',
};
