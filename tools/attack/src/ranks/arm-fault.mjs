/**
 * Loaded into every rank by `NODE_OPTIONS=--import`, because ramble itself has no hook for faults. Makes one rank
 * throw or exit after some milliseconds, as in `RAMBLE_FAULT`: `throw 1 250`. Prints `fault: throw` first.
 */
import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers';
import { isMainThread } from 'node:worker_threads';

const { RAMBLE_FAULT, OMPI_COMM_WORLD_RANK, PMI_RANK } = process.env;
const [kind, rank, milliseconds] = RAMBLE_FAULT.split(' ');
if (isMainThread && (OMPI_COMM_WORLD_RANK ?? PMI_RANK) === rank) {
  setTimeout(() => {
    writeSync(process.stderr.fd, `fault: ${kind}\n`);
    if (kind === 'exit') process.exit(3);
    throw new Error('this rank has a fault');
  }, Number(milliseconds)).unref();
}
