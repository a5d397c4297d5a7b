// Prints the peak growth of the process, in bytes, during the import of a GPT-2 from a folder.
import { readFileSync } from 'node:fs';

import { trainingConfig } from '@ramble/core';
import type { FormatName } from '@ramble/core/weights';
import { openHuggingFace } from '@ramble/runs/hugging-face';
import { folderStorage } from '@ramble/runs/node';
import { importRun } from '@ramble/runs';

import { folderReader } from '../src/hugging-face/find-model.js';

const [folder, out, weights] = process.argv.slice(2);
const gpt2 = await openHuggingFace(folderReader(folder));
const before = process.memoryUsage.rss();
const newRun = {
  domain: { name: 'text', options: {}, files: { 'characters.json': '["a","b"]' } },
  model: gpt2.config,
  training: trainingConfig(),
  data: {},
  engine: 'cpu',
};
// The spec passes one of the formats.
await importRun(folderStorage(out), newRun, gpt2.weights, { weights: weights as FormatName });
await gpt2.close();
process.stdout.write(String(peak() - before)); // console.log may colour it

/** Returns the peak memory of this program in bytes. On Linux `maxRSS` includes the program before `exec`. */
function peak(): number {
  if (process.platform !== 'linux') return 1024 * process.resourceUsage().maxRSS;
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}
