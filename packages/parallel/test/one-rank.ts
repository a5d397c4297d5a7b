/**
 * One rank on the fake MPI library `made-up-mpi.c`. It prints the results of each part as a line of JSON. Usage:
 * `one-rank.ts operations|large|large parts|abort|worker|twice|survive`.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { openRanks } from '../src/mpi.js';

const [part] = process.argv.slice(2);
const messageOf = (error: unknown): string => String(error);
const ranks = await openRanks({ survive: part === 'survive' }).catch((error: unknown) => {
  console.log(JSON.stringify({ error: messageOf(error) }));
  process.exit(1);
});
console.log(JSON.stringify({ rank: ranks.rank, count: ranks.count }));
if (part === 'operations') {
  const results = await Promise.allSettled([
    ranks.sum(new Float32Array(3)),
    ranks.sum(new Float64Array(0)),
    ranks.sum(new Float64Array(5)),
    ranks.sumParts(new Float32Array(4), [4]),
    ranks.gatherParts(new Float32Array(6), [6]),
    ranks.broadcast(new DataView(new ArrayBuffer(24), 8)),
    ranks.gather(Uint8Array.of(1, 2, 3)),
    ranks.close(),
  ]);
  const said = results.map((result) =>
    result.status === 'fulfilled'
      ? Array.isArray(result.value)
        ? result.value.map((bytes) => [...bytes])
        : 'done'
      : messageOf(result.reason),
  );
  console.log(JSON.stringify({ said }));
}
if (part === 'large') await ranks.sum(new Float32Array(2 ** 29 + 7));
if (part === 'large parts') {
  const values = new Float32Array(2 ** 28 + 7);
  await ranks.gatherParts(values, [values.length]);
  await ranks.sumParts(values.subarray(0, 2 ** 23), [2 ** 23]);
}
if (part === 'survive') {
  await ranks.recovery?.shrink();
  await ranks.close();
}
if (part === 'abort') ranks.abort(7);
if (part === 'twice') await openRanks().catch((error: unknown) => console.log(messageOf(error)));
if (part === 'worker') {
  const hrefOf = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const register = `import(${hrefOf('../../../tools/register-typescript.mjs')})`;
  const program = `${register}.then(() => import(${hrefOf('../src/mpi.ts')})).then((mpi) => mpi.openRanks())`;
  const worker = new Worker(program, { eval: true });
  const [error] = (await once(worker, 'error')) as [unknown];
  console.log(messageOf(error));
}
