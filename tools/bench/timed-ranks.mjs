import { execFileSync } from 'node:child_process';

/** Starts a program as some ranks; returns the JSON that rank 0 prints. */
export function timedRanks(mpi, ranks, command, variables = {}) {
  const env = { ...process.env, ...mpi.env, RAMBLE_MPI: mpi.library, ...variables };
  const output = execFileSync(mpi.launcher, [...mpi.arguments, String(ranks), ...command], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output);
}
