import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { runHere } from './run-here.js';

/** A file that ramble reads, and a command that reads it. */
export interface MutantCase {
  /** Path below the folder of all files. */
  readonly file: string;
  /** File or folder below that folder that the command needs. It is copied, and `file` is changed in the copy. */
  readonly needs: string;
  /** Returns the words of the command. @param path - Returns the path of a file in the copy. */
  readonly words: (path: (name: string) => string) => readonly string[];
  /** Text by which an error message may name the problem instead of the file: for a file of settings, the flags. */
  readonly alias?: string;
  /** Whether the command takes seconds. Such a case is tried only in every fourth round. */
  readonly isSlow?: boolean;
  /** Whether the file's checksum is removed first, as for a file that was edited on purpose. */
  readonly isEdited?: boolean;
}

/** The changes of an attack: any, or a number that becomes a huge one. */
export type MutantKind = 'mutants' | 'numbers';

const TEXT = 'Call me Ishmael. Some years ago, never mind how long, I went to sea.\n'.repeat(20);
const DATASETS = new URL('../../../../packages/datasets/', import.meta.url);
const MIDI = new URL('../../../../packages/music/fixtures/midi/', import.meta.url);

const STEP = 'run/checkpoints/00000004';
const scoring =
  (run: string) =>
  (path: (name: string) => string): string[] => [
    ...['text', 'score', '--model', path(run), '--prompt', 'Call', '--output', ' me'],
  ];
const score = scoring('run');
const samplingOf =
  (run: string) =>
  (path: (name: string) => string): string[] => [
    ...['text', 'sample', '--model', path(run), '--prompt', 'Call', '--max-new-tokens', '3'],
  ];
const inspect = (path: (name: string) => string): string[] => [
  ...['text', 'inspect', '--model', path('run')],
];
const importing =
  (name: string) =>
  (path: (each: string) => string): string[] => [
    ...['text', 'import', path(name), '--out', path('new')],
  ];
const resume = (path: (name: string) => string): string[] => [
  ...['text', 'train', '--resume', '--out', path('run'), '--max-steps', '5'],
];
const data = (domain: string, file: string): MutantCase => ({
  file,
  needs: file,
  words: (path) => [domain, 'encode', '--model', join(path('..'), domain), '--data', path(file)],
});

/**
 * Returns the case of the mutant with a number. All cases take turns; a slow one is replaced by another in three of
 * four rounds.
 */
export function caseOf(number: number, kind: MutantKind): MutantCase {
  const cases = kind === 'numbers' ? NUMBER_CASES : CASES;
  const round = Math.floor(number / cases.length);
  const found = cases[number % cases.length];
  return found.isSlow && round % 4 > 0 ? cases[round % cases.length] : found;
}

/** Every kind of file that ramble reads from others. */
export const CASES: readonly MutantCase[] = [
  { file: `${STEP}/model.safetensors`, needs: 'run', words: score },
  { file: 'run/run.json', needs: 'run', words: score, isEdited: true },
  { file: 'run/domain/tokenizer.json', needs: 'run', words: score },
  { file: 'run/domain/text.json', needs: 'run', words: score },
  { file: 'run/best.json', needs: 'run', words: score },
  { file: 'run/run.json', needs: 'run', words: inspect },
  { file: `${STEP}/training.safetensors`, needs: 'run', words: resume },
  { file: `${STEP}/training.json`, needs: 'run', words: resume },
  { file: 'run/log.jsonl', needs: 'run', words: resume, isSlow: true },
  ...['model.safetensors', 'config.json', 'tokenizer.json'].map((name) => ({
    file: `hf/${name}`,
    needs: 'hf',
    words: importing('hf'),
  })),
  {
    file: 'settings.json',
    needs: 'settings.json',
    words: (path) => ['text', 'inspect', '--config', path('settings.json')],
    alias: 'error: --n-head: expected a divisor of --n-embd',
  },
  data('text', 'book.txt'),
  data('text', 'documents.jsonl'),
  data('text', 'book.txt.gz'),
  data('text', 'documents.csv'),
  data('text', 'parts.zip'),
  data('text', 'texts.parquet'),
  data('translation', 'pairs.tsv'),
  data('translation', 'pairs.jsonl'),
  data('summarization', 'summaries.jsonl'),
  {
    file: 'song.mid',
    needs: 'song.mid',
    words: (path) => ['music', 'encode', path('song.mid')],
  },
  {
    file: 'chorales.json',
    needs: 'chorales.json',
    words: (path) => ['chorales', 'encode', '--data', path('chorales.json')],
  },
];

/** Files with sizes that determine ramble's memory, and commands that allocate it. */
export const NUMBER_CASES: readonly MutantCase[] = [
  ...[score, samplingOf('run'), inspect, resume].map((words) => ({
    ...{ file: 'run/run.json', needs: 'run', words, isEdited: true },
    isSlow: words === resume,
  })),
  ...[scoring('rotary'), samplingOf('rotary')].map((words) => ({
    ...{ file: 'rotary/run.json', needs: 'rotary', words, isEdited: true },
  })),
  { file: 'run/domain/tokenizer.json', needs: 'run', words: score },
  { file: 'run/domain/text.json', needs: 'run', words: score },
  { file: 'run/best.json', needs: 'run', words: score },
  { file: `${STEP}/training.json`, needs: 'run', words: resume, isSlow: true },
  { file: `${STEP}/model.safetensors`, needs: 'run', words: score },
  ...['hf', 'llama'].flatMap((needs) =>
    [
      'config.json',
      'config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'model.safetensors',
    ].map((name) => ({ file: `${needs}/${name}`, needs, words: importing(needs) })),
  ),
  ...['llama.gguf', 'llama.gguf', 'llama.gguf'].map((file) => ({
    ...{ file, needs: file, words: importing(file) },
  })),
  {
    file: 'settings.json',
    needs: 'settings.json',
    words: (path) => ['text', 'inspect', '--config', path('settings.json')],
    alias: 'error: --n-',
  },
];

/** Makes small real files of every kind in a folder, with ramble itself if it writes them. */
export async function makeFiles(folder: string): Promise<void> {
  const at = (name: string): string => join(folder, name);
  const lines = (values: readonly object[]): string =>
    values.map((value) => `${JSON.stringify(value)}\n`).join('');
  const pairs = Array.from({ length: 12 }, (_, i) => [`one ${i} two`, `eins ${i} zwei`]);
  await mkdir(folder, { recursive: true });
  await writeFile(at('book.txt'), TEXT);
  await writeFile(at('documents.jsonl'), lines([{ text: TEXT }, { text: 'naïve 🐋' }]));
  await writeFile(at('book.txt.gz'), gzipSync(TEXT));
  await writeFile(at('documents.csv'), 'id,text\n1,"Call me ""Ishmael"", he said"\n2,naïve\n');
  await cp(new URL('fixtures/parts.zip', DATASETS), at('parts.zip'));
  await cp(new URL('test/fixtures/texts.parquet', DATASETS), at('texts.parquet'));
  await writeFile(at('pairs.tsv'), pairs.map((pair) => `${pair.join('\t')}\n`).join(''));
  await writeFile(at('pairs.jsonl'), lines(pairs.map(([source, target]) => ({ source, target }))));
  await writeFile(
    at('summaries.jsonl'),
    lines(pairs.map(([document, summary]) => ({ document, summary }))),
  );
  await writeFile(
    at('settings.json'),
    '{ "nLayer": 2, "nHead": 2, "nEmbd": 8, "attention": "causal" }\n',
  );
  await writeFile(
    at('chorales.json'),
    JSON.stringify([
      [
        [60, 55, 52, 48],
        [62, 55, 53, -1],
      ],
    ]),
  );
  await cp(new URL('other-events.mid', MIDI), at('song.mid'));
  const size = [
    ...['--n-layer', '1', '--n-head', '2', '--n-embd', '8', '--context-length', '24'],
    ...['--max-steps', '4', '--batch-size', '2', '--bpe-vocab-size', '270'],
  ];
  const ramble = async (...words: string[]): Promise<void> => {
    const { status, stderr } = await runHere(words);
    if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
  };
  const train = (domain: string, file: string, out: string, ...flags: string[]): Promise<void> =>
    ramble(domain, 'train', '--data', at(file), '--out', at(out), ...size, ...flags);
  await train('text', 'book.txt', 'run');
  await cp(at('run'), at('text'), { recursive: true });
  await train('translation', 'pairs.jsonl', 'translation');
  await train('summarization', 'summaries.jsonl', 'summarization');
  await ramble('text', 'export', '--model', at('run'), '--out', at('hf'));
  await train('text', 'book.txt', 'rotary', '--architecture', 'llama');
  await ramble('text', 'export', '--model', at('rotary'), '--out', at('llama'));
  await ramble('text', 'export', '--model', at('rotary'), '--out', at('llama.gguf'));
}
