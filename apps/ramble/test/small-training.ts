import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A training that takes seconds, with dropout and four micro-batches per update, in a temporary folder. */
export interface SmallTraining {
  /** Returns a path in the folder. */
  at(name: string): string;
  /** Returns the words that train a new run for some steps. */
  trained(out: string, steps: number): string[];
  /** Returns the words that resume a run. */
  resumed(out: string, steps: number): string[];
  /** Returns the SHA-256 hash of a run's newest checkpoint: its weights and its training state. */
  hashOf(out: string): Promise<string>;
  remove(): Promise<void>;
}

const SIZE = ['--n-layer', '2', '--n-head', '2', '--n-embd', '16', '--context-length', '16'];
const RECIPE = ['--batch-size', '2', '--grad-accum-steps', '4', '--dropout', '0.1', '--quiet'];

/** Makes a temporary folder with a text, and returns functions for a small training in it. */
export async function smallTraining(): Promise<SmallTraining> {
  const folder = await mkdtemp(join(tmpdir(), 'ramble-ranks-'));
  const at = (name: string): string => join(folder, name);
  const words = 'the cat sat on the mat, and the dog on the log. '.split(' ');
  const book = Array.from({ length: 2000 }, (_, i) => words[(i * i) % words.length]);
  await writeFile(at('book.txt'), book.join(' '));
  return {
    at,
    trained: (out, steps) => [
      ...['text', 'train', '--data', at('book.txt'), '--tokenizer', 'bytes', '--out', at(out)],
      ...['--max-steps', `${steps}`, '--eval-interval', '10', ...SIZE, ...RECIPE],
    ],
    resumed: (out, steps) => [
      ...['text', 'train', '--resume', '--out', at(out), '--max-steps', `${steps}`, '--quiet'],
    ],
    hashOf: async (out) => {
      const steps = (await readdir(at(`${out}/checkpoints`))).sort();
      const hash = createHash('sha256');
      for (const name of ['model.safetensors', 'training.safetensors']) {
        hash.update(await readFile(at(`${out}/checkpoints/${steps.at(-1)}/${name}`)));
      }
      return hash.digest('hex');
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
