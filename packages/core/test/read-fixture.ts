import { readFileSync } from 'node:fs';

const folder = new URL('../fixtures/', import.meta.url);

/** A JSON file of `fixtures/`; the caller says what is in it. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, folder), 'utf8')) as unknown;
}

export interface FixtureTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The float32 tensors of a safetensors file of `fixtures/`, by name. */
export function readTensors(path: string): Record<string, FixtureTensor> {
  const file = readFileSync(new URL(path, folder));
  const headerBytes = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerBytes)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >; // the format of the file
  const start = 8 + headerBytes;
  return Object.fromEntries(
    Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(
        ([
          name,
          {
            shape,
            data_offsets: [from, to],
          },
        ]) => {
          const bytes = Uint8Array.from(file.subarray(start + from, start + to));
          return [name, { shape, values: new Float32Array(bytes.buffer) }];
        },
      ),
  );
}
