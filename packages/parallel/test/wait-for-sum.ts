/**
 * Rank 0 waits a second for rank 1, and counts the ticks of a 10 ms timer meanwhile. Then both ranks are idle. Rank 0
 * prints the number of ticks and the CPU time of the idle second as a line of JSON.
 */
import { setTimeout } from 'node:timers/promises';

import { openRanks } from '../src/mpi.js';

const ranks = await openRanks();
const values = new Float32Array(1_000_000).fill(1);
await ranks.sum(values);
let ticks = 0;
const timer = setInterval(() => ticks++, 10);
if (ranks.rank === 1) await setTimeout(1000);
await ranks.sum(values);
clearInterval(timer);
if (values[0] !== 4) throw new Error(`sum: expected 4, got ${values[0]}`);
const before = process.cpuUsage();
await setTimeout(1000);
const { user, system } = process.cpuUsage(before);
if (ranks.rank === 0) console.log(JSON.stringify({ ticks, idleCpuMs: (user + system) / 1000 }));
await ranks.close();
