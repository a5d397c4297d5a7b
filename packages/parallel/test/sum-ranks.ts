/**
 * A rank of `ranks.spec.ts`. It sums, sums parts, broadcasts and gathers, and prints the results as a line of JSON,
 * sums and broadcasts as hashes. Rank 0 also prints hashes of the expected sums, which JavaScript computes in pairs.
 * Usage: `sum-ranks.ts LENGTH …`.
 */
import { createHash } from 'node:crypto';

import { openRanks } from '../src/mpi.js';
import { pairwiseSum } from './pairwise-sum.js';
import { valuesOf } from './values-of.js';

type Numbers = Float32Array | Float64Array;

const lengths = process.argv.slice(2).map(Number);
const ranks = await openRanks();
const { rank, count } = ranks;
const sums = await hashesOf(async (length, seed) => {
  const values = valuesOf(length, rank, seed);
  const doubles = Float64Array.from(values);
  await Promise.all([ranks.sum(values), ranks.sum(doubles)]);
  return [values, doubles];
});
const sumsOfParts = await hashesOf(async (length, seed) => {
  const values = valuesOf(length, rank, seed);
  const before = values.slice();
  const ends = Array.from({ length: count }, (_, i) => Math.floor(length * ((i + 1) / count) ** 2));
  await ranks.sumParts(values, ends);
  const [start, end] = [ends[rank - 1] ?? 0, ends[rank]];
  const isLeft = values.every((value, i) => (i >= start && i < end) || value === before[i]);
  await ranks.gatherParts(values, ends);
  return [values, Float32Array.of(Number(isLeft))];
});
const sent = Uint16Array.from({ length: 1000 }, (_, i) => (rank === 0 ? i : 7));
await ranks.broadcast(sent.subarray(1));
const gathered = await ranks.gather(new Uint8Array(3 * rank).fill(rank + 1));
await ranks.close();
const line = { rank, count, sums, sumsOfParts, broadcast: hashOf(sent.subarray(1)) };
const expected = rank === 0 ? await hashesOf(expectedSums) : undefined;
const expectedParts = rank === 0 ? await hashesOf(expectedSumsOfParts) : undefined;
const ofAll = gathered.map((each) => [...each]);
console.log(JSON.stringify({ ...line, gathered: ofAll, expected, expectedParts }));

/** Returns the hash of the arrays of each length. Short lengths have more arrays, so that many numbers are compared. */
async function hashesOf(
  arraysOf: (length: number, seed: number) => readonly Numbers[] | Promise<readonly Numbers[]>,
): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const length of lengths) {
    const hash = createHash('sha256');
    for (let seed = 0; seed < (length < 100 ? 50 : 1); seed++) {
      for (const array of await arraysOf(length, seed)) hash.update(array);
    }
    hashes[length] = hash.digest('hex');
  }
  return hashes;
}

function expectedSums(length: number, seed: number): Numbers[] {
  const values = Array.from({ length: count }, (_, i) => valuesOf(length, i, seed));
  return [pairwiseSum(values), pairwiseSum(values.map((array) => Float64Array.from(array)))];
}

function expectedSumsOfParts(length: number, seed: number): Numbers[] {
  const [sum] = expectedSums(length, seed);
  return [sum, Float32Array.of(1)];
}

function hashOf(array: Uint16Array): string {
  return createHash('sha256').update(array).digest('hex');
}
