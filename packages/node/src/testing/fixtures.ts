import { readFileSync } from 'node:fs';

export interface FixtureTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Readers of the files in one folder of reference numbers. */
export interface Fixtures {
  /** Reads a JSON file; the caller casts the result to its type. */
  readonly readJson: (path: string) => unknown;
  /** Reads the float32 tensors of a safetensors file, by name. */
  readonly readTensors: (path: string) => Record<string, FixtureTensor>;
  /** Reads a file as it is. */
  readonly readBytes: (path: string) => Uint8Array;
}

/** Returns the readers of a folder. They use no package that a test may check. */
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

/** Numbers that Hugging Face computed with the tiny GPT-2; fixtures/README.md describes the fields. */
interface Golden {
  readonly inputIds: number[][];
  readonly targets: number[][];
  readonly maskedTargets: number[][];
  readonly positionWeights: number[][];
  readonly numParameters: number;
  readonly loss: number;
  readonly lossPerToken: number[][];
  readonly lossMasked: number;
  readonly lossWeighted: number;
  readonly 'lossLabelSmoothing0.1': number;
  readonly lossHFShifted: number;
  readonly gradientGlobalNorm: number;
  readonly cached: { readonly chunksTried: number[][]; readonly stepLogits: number[][][] };
  readonly adamw: {
    readonly lr: number;
    readonly betas: [number, number];
    readonly eps: number;
    readonly weightDecay2D: number;
    readonly clipNorm: number;
    readonly inputs: number[][][];
    readonly targets: number[][][];
    readonly losses: number[];
    readonly gradNorms: number[];
  };
}

/** Readers of fixtures/gpt2. */
export const gpt2Fixtures = fixturesIn(new URL('../../fixtures/gpt2/', import.meta.url));
export const golden = gpt2Fixtures.readJson('golden.json') as Golden; // as above
export const activations = gpt2Fixtures.readTensors('activations.safetensors');
const weights = gpt2Fixtures.readTensors('model.safetensors');

export const TINY_GPT2_SIZES = {
  vocabSize: 31,
  contextLength: 16,
  nEmbd: 12,
  nLayer: 2,
  nHead: 3,
} as const;

/** Returns the values of one of ramble's parameters in the tiny GPT-2 of fixtures/gpt2. */
export function tinyGpt2Values(name: string): Float32Array {
  return byOurName(weights, name).values;
}

/** Returns the tensor of one of ramble's parameters from a file with Hugging Face's names. */
export function byOurName(tensors: Record<string, FixtureTensor>, name: string): FixtureTensor {
  return tensors[theirName(name)];
}

/**
 * Returns Hugging Face's name of one of ramble's parameters. It does not use ramble's own mapping, which tests check.
 */
export function theirName(name: string): string {
  const words: Readonly<Record<string, string>> = {
    tokenEmbedding: 'wte',
    positionEmbedding: 'wpe',
    blocks: 'h',
    norm1: 'ln_1',
    norm2: 'ln_2',
    finalNorm: 'ln_f',
    attention: 'attn',
    qkv: 'c_attn',
    proj: 'c_proj',
    up: 'c_fc',
    down: 'c_proj',
    gain: 'weight',
  };
  const path = name.split('.').map((word) => words[word] ?? word);
  return ['transformer', ...path].join('.');
}

/** The destination of the code under test, like core's `ByteSink`. */
interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

/** Calls `write` and returns all bytes that it writes. */
export async function writtenBytes(write: (sink: Sink) => Promise<void>): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  await write({
    write: (bytes) => {
      pieces.push(Buffer.from(bytes)); // a copy: the writer may reuse its memory
      return Promise.resolve();
    },
  });
  return Uint8Array.from(Buffer.concat(pieces));
}
