/**
 * Rank 1 fails while rank 0 waits for it in a sum. Usage: `fail.ts kill|throw|exit|abort|hang|stop [in-sum]`. With
 * `in-sum`, rank 1 also calls the operation, so that its thread of MPI waits too.
 */
import { openRanks } from '../src/mpi.js';

const [kind, where] = process.argv.slice(2);
// A busy machine takes seconds to start ranks. The timeout is short only if a rank hangs, because it then
// expires.
const timeoutSeconds = kind === 'hang' || kind === 'stop' ? 5 : 20;
const ranks = await openRanks({ timeoutSeconds });
const values = new Float32Array(1000);
await ranks.sum(values);
ranks.announce('step 5');
if (ranks.rank === 0) {
  if (where === 'in-sum') await new Promise(() => setInterval(() => undefined, 1000));
  await ranks.sum(values);
} else {
  if (where === 'in-sum') {
    void ranks.sum(values);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  if (kind === 'kill') process.kill(process.pid, 'SIGKILL');
  if (kind === 'stop') process.kill(process.pid, 'SIGSTOP');
  if (kind === 'throw') throw new Error('rank 1 has a fault');
  if (kind === 'exit') process.exit(3);
  if (kind === 'abort') ranks.abort(4);
  for (;;); // hang
}
