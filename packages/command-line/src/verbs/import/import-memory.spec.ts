import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { modelConfig } from '@ramble/core';
import { parameterSpecs } from '@ramble/core/model';
import { toGpt2Config, toGpt2Name } from '@ramble/runs/hugging-face';
import { spawnTypescript } from '@ramble/node/testing';

const program = new URL('../../../test/measure-import.ts', import.meta.url);

/** 190 MB in 32 bits, half of it in one matrix, so that a copy of either shows in the peak. */
const config = modelConfig({
  vocabSize: 50257,
  contextLength: 1024,
  nLayer: 7,
  nHead: 8,
  nEmbd: 512,
});

/** Allowance for garbage: V8 begins to collect unreachable buffers at 64 MB, and more are allocated meanwhile. */
const GARBAGE_BYTES = 1.5 * 2 ** 26;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-import-memory-'));
  await writeZeros(folder);
});
afterAll(() => rm(folder, { recursive: true }));

/** The model with zeros for weights, which take no space on the disk. */
async function writeZeros(path: string): Promise<void> {
  const hub = toGpt2Config(config, 0);
  await writeFile(join(path, 'config.json'), JSON.stringify(hub));
  let end = 0;
  const entries = parameterSpecs(config).map(({ name, shape }) => {
    const start = end;
    end += 4 * shape.reduce((size, length) => size * length, 1);
    return [toGpt2Name(name), { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = await open(join(path, 'model.safetensors'), 'w');
  await file.write(Buffer.concat([length, header]));
  await file.truncate(8 + header.length + end);
  await file.close();
}

describe("import's memory", () => {
  it.each(['f32', 'f16', 'int8', 'q4'])(
    'does not grow with the size of weights in %s',
    async (weights) => {
      const out = join(folder, weights);
      const child = spawnTypescript(program, folder, out, weights);
      const [printed, errors] = await Promise.all(
        [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray()),
      );
      expect(errors).toEqual([]);
      const kept = (await stat(join(out, 'checkpoints/00000000/model.safetensors'))).size;
      expect(Number(printed.join(''))).toBeLessThan(0.15 * kept + GARBAGE_BYTES);
    },
  );
});
