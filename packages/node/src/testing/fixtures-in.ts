import { readFileSync } from 'node:fs';

export interface FixtureTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Readers of the files in one folder of reference numbers. */
export interface Fixtures {
  /** Reads a JSON file; the caller says what is in it. */
  readonly readJson: (path: string) => unknown;
  /** Reads the float32 tensors of a safetensors file, by name. */
  readonly readTensors: (path: string) => Record<string, FixtureTensor>;
  /** Reads a file as it is. */
  readonly readBytes: (path: string) => Uint8Array;
}

/** Gives the readers of a folder; reading safetensors needs no package that a test may be about. */
export function fixturesIn(folder: URL): Fixtures {
  const read = (path: string): Buffer => readFileSync(new URL(path, folder));
  return {
    readJson: (path) => JSON.parse(read(path).toString('utf8')) as unknown,
    readTensors: (path) => tensorsOf(read(path)),
    readBytes: (path) => Uint8Array.from(read(path)),
  };
}

function tensorsOf(file: Buffer): Record<string, FixtureTensor> {
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
