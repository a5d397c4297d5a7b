/**
 * A rank that adds up arrays of f32 by `ranks.sum` of @ramble/parallel/mpi, for comparison with
 * plain-allreduce.cc. Rank 0 prints a line of JSON with the milliseconds of each sum.
 *   allreduce.mjs COUNT SUMS
 */
import { openRanks } from '@ramble/parallel/mpi';

const [length, sums] = process.argv.slice(2).map(Number);
const ranks = await openRanks();
const values = new Float32Array(length).fill(ranks.rank + 1);
await ranks.sum(values); // a first sum synchronizes all ranks
const expected = (ranks.count * (ranks.count + 1)) / 2;
for (const sum of [values[0], values.at(-1)]) {
  if (sum !== expected) throw new Error(`allreduce: expected a sum of ${expected}, got ${sum}`);
}
const milliseconds = [];
for (let i = 0; i < sums; i++) {
  const start = performance.now();
  await ranks.sum(values);
  milliseconds.push(performance.now() - start);
}
await ranks.close();
if (ranks.rank === 0) console.log(JSON.stringify({ milliseconds }));
