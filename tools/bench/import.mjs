/**
 * Times `ramble text import` of a random GPT-2 in 32 bits, on the engine native, in comparison with programs that
 * only read the file, or read it and write as many bytes as the import does. All take turns. Prints JSON with
 * medians in seconds.
 *   import.mjs [--preset gpt2-xl] [--weights f16] [--rounds 5]
 * The file (6.2 GB for gpt2-xl) and the output are in the folder of temporary files; the file is in the page cache
 * if memory allows it.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { MODEL_PRESETS, modelConfig } from '@ramble/core';
import { sizeOf } from '@ramble/core/engine';
import { countParameters, parameterSpecs } from '@ramble/core/model';
import { toGpt2Config, toGpt2Name } from '@ramble/runs/hugging-face';
import { writeSafetensors } from '@ramble/runs/safetensors';

import { median } from './numbers.mjs';

const RAMBLE = join(import.meta.dirname, '../../apps/ramble/bin/ramble.js');
const PIECE_BYTES = 2 ** 22;

const { values } = parseArgs({
  options: {
    preset: { type: 'string', default: 'gpt2-xl' },
    weights: { type: 'string', default: 'f16' },
    rounds: { type: 'string', default: '5' },
  },
});
const config = modelConfig({ vocabSize: 50257, ...MODEL_PRESETS[values.preset] });
const folder = await mkdtemp(join(tmpdir(), 'ramble-bench-import-'));
const [gpt2, run, copy] = ['gpt2', 'run', 'copy'].map((name) => join(folder, name));
try {
  await writeRandom();
  importIt();
  const fileBytes = await bytesOf(gpt2);
  const keptBytes = await bytesOf(join(run, 'checkpoints/00000000'));
  const ways = {
    reading: readIt,
    readingAndWriting: () => writeNew(copy, (file) => readIt(file, keptBytes / fileBytes)),
    importing: importIt,
  };
  const seconds = { reading: [], readingAndWriting: [], importing: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [way, go] of Object.entries(ways)) {
      await Promise.all([run, copy].map((path) => rm(path, { recursive: true, force: true })));
      execFileSync('sync');
      const start = performance.now();
      await go();
      seconds[way].push((performance.now() - start) / 1000);
    }
  }
  const medians = Object.fromEntries(
    Object.entries(seconds).map(([way, all]) => [way, round(median(all))]),
  );
  const results = {
    parameters: countParameters(config),
    weights: values.weights,
    fileBytes,
    keptBytes,
    seconds: medians,
    speed: round(medians.readingAndWriting / medians.importing),
    machine: { date: new Date().toISOString().slice(0, 10), processor: cpus()[0].model },
  };
  console.log(JSON.stringify(results, null, 2));
} finally {
  await rm(folder, { recursive: true });
}

/** Writes weights of GPT-2's size, the same few millions repeated. */
async function writeRandom() {
  const some = Float32Array.from({ length: 2 ** 22 }, () => 0.07 * (Math.random() - 0.5));
  const tensors = parameterSpecs(config).map(({ name, shape }) => ({
    name: toGpt2Name(name),
    shape,
    values: () => {
      const all = new Float32Array(sizeOf(shape));
      for (let at = 0; at < all.length; at += some.length) {
        all.set(some.subarray(0, all.length - at), at);
      }
      return all;
    },
  }));
  const hub = toGpt2Config(config, { dtype: 'float32', dropout: 0 });
  await mkdir(gpt2);
  await writeFile(join(gpt2, 'config.json'), JSON.stringify(hub));
  await writeNew(join(gpt2, 'model.safetensors'), (file) => {
    return writeSafetensors({ write: async (bytes) => void (await file.write(bytes)) }, tensors);
  });
}

function importIt() {
  const flags = ['--out', run, '--weights', values.weights];
  execFileSync(process.execPath, [RAMBLE, 'text', 'import', gpt2, ...flags], { stdio: 'ignore' });
}

/** Reads the file in pieces. If a path is given, writes a fraction of each piece while the next one is read. */
async function readIt(to, share) {
  const from = await open(join(gpt2, 'model.safetensors'));
  const memories = [0, 1, 2].map(() => new Uint8Array(PIECE_BYTES));
  const readAt = (piece) => from.read(memories[piece % 3], 0, PIECE_BYTES, piece * PIECE_BYTES);
  let [reading, writing] = [readAt(0), undefined];
  for (let piece = 1; ; piece++) {
    const { bytesRead, buffer } = await reading;
    if (bytesRead === 0) break;
    reading = readAt(piece);
    await writing;
    writing = to?.write(buffer, 0, Math.round(share * bytesRead));
  }
  await writing;
  await from.close();
}

/** Writes a new file by `write`, and resolves when the content has reached the disk (fsync). */
async function writeNew(path, write) {
  const file = await open(path, 'wx');
  await write(file);
  await file.sync();
  await file.close();
}

async function bytesOf(path) {
  return (await stat(join(path, 'model.safetensors'))).size;
}

function round(number) {
  return Number(number.toFixed(2));
}
