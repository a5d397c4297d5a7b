import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runHere } from '../test/run-here.js';

// From Hugging Face's generate: packages/core/fixtures/README.md.
const FIXTURES = new URL('../../../packages/core/fixtures/generation/', import.meta.url);
/** Texts of ids 0 to 29; 30 is the tokenizer's end of text. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcd';
const END = 30;

interface Options {
  readonly maxNewTokens: number;
  readonly eosIds?: readonly number[];
  readonly minNewTokens?: number;
  readonly repetitionPenalty?: number;
  readonly noRepeatNgramSize?: number;
  readonly badWords?: readonly (readonly number[])[];
  readonly numBeams?: number;
  readonly lengthPenalty?: number;
  readonly lengthPenaltyKind?: string;
  readonly earlyStopping?: boolean | 'never';
  readonly numReturnSequences?: number;
}
interface Case {
  readonly prompt: readonly number[];
  readonly options: Options;
}
interface Greedy extends Case {
  readonly output: readonly number[];
}
interface Beams extends Case {
  readonly hypotheses: readonly { readonly ids: readonly number[]; readonly score: number }[];
}
interface Line {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly stop: string;
  readonly score?: number;
}

let folder: string;
let run: string;
let greedy: readonly Greedy[];
let beams: readonly Beams[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-generation-'));
  run = join(folder, 'run');
  ({ cases: greedy } = await readFixture<{ cases: readonly Greedy[] }>('greedy.json'));
  const found = await readFixture<Record<'cases' | 'gnmt', readonly Beams[]>>('beam.json');
  beams = [...found.cases, ...found.gnmt];
  await importGpt2();
});
afterAll(() => rm(folder, { recursive: true }));

async function readFixture<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(new URL(name, FIXTURES), 'utf8')) as T; // the format that the README documents
}

/** A Hugging Face folder of the fixture's GPT-2, with the tokenizer of a model of letters, imported. */
async function importGpt2(): Promise<void> {
  const [data, letters, gpt2] = ['letters.txt', 'letters', 'gpt2'].map((name) =>
    join(folder, name),
  );
  await writeFile(data, LETTERS.repeat(2));
  const size = '--n-layer 1 --n-head 1 --n-embd 4 --context-length 8 --max-steps 1'.split(' ');
  await ramble('train', '--data', data, '--tokenizer', 'char', '--out', letters, ...size);
  await ramble('export', '--model', letters, '--out', gpt2);
  for (const name of ['config.json', 'model.safetensors']) {
    await copyFile(fileURLToPath(new URL(name, FIXTURES)), join(gpt2, name));
  }
  await ramble('import', gpt2, '--out', run);
}

/** Runs a command, expects success, and returns its standard output. */
async function ramble(verb: string, ...words: string[]): Promise<string> {
  const engine = verb === 'train' || verb === 'sample' ? ['--engine', 'cpu'] : [];
  const { status, stdout, stderr } = await runHere(['text', verb, ...words, ...engine]);
  expect([status, /error/.exec(stderr)]).toEqual([0, null]);
  return stdout;
}

/** Samples as lines of JSON. */
async function sample(prompts: readonly Case['prompt'][], options: Options): Promise<Line[]> {
  const given = prompts.flatMap((ids) => ['--prompt', ids.map((id) => LETTERS[id]).join('')]);
  const stdout = await ramble('sample', '--model', run, '--json', ...given, ...flagsOf(options));
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Line);
}

function flagsOf({
  eosIds = [],
  badWords = [],
  lengthPenaltyKind,
  numReturnSequences,
  ...same
}: Options): string[] {
  const flags = Object.entries(same).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    String(value),
  ]);
  return [
    ...flags,
    ...(same.numBeams === undefined ? ['--method', 'greedy'] : ['--suppressed-token', `${END}`]),
    ...(numReturnSequences === undefined ? [] : ['--n-best', `${numReturnSequences}`]),
    ...(lengthPenaltyKind === undefined ? [] : ['--length-penalty-form', lengthPenaltyKind]),
    ...eosIds.flatMap((id) => ['--stop-token', `${id}`]),
    ...badWords.flatMap((ids) => ['--blocked-sequence', ids.join()]),
  ];
}

const withoutEnd = (ids: readonly number[], { eosIds = [] }: Options): readonly number[] =>
  eosIds.includes(ids[ids.length - 1]) ? ids.slice(0, -1) : ids;

describe('ramble text, with a GPT-2 of Hugging Face,', () => {
  it.each<Partial<Options>>([
    {},
    { eosIds: [18] },
    { eosIds: [18], minNewTokens: 5 },
    { repetitionPenalty: 1.3 },
    { repetitionPenalty: 1.15, noRepeatNgramSize: 3 },
    { noRepeatNgramSize: 2 },
    { badWords: [[17]] },
  ])('writes its tokens greedily: %j', async (given) => {
    const options = { maxNewTokens: 12, ...given };
    const wanted = greedy.filter(
      (each) => JSON.stringify(each.options) === JSON.stringify(options),
    );
    expect(wanted.length).toBeGreaterThan(1);
    const lines = await sample(
      wanted.map(({ prompt }) => prompt),
      options,
    );
    for (const [i, { output }] of wanted.entries()) {
      const tokens = withoutEnd(output, options);
      const text = tokens.map((id) => LETTERS[id]).join('');
      const stop = tokens.length < output.length ? 'token' : 'length';
      expect(lines[i]).toMatchObject({ tokens, text, stop });
    }
  });

  it.each<Partial<Options>>([
    { numBeams: 4, lengthPenalty: 0.6, earlyStopping: true },
    { numBeams: 4, lengthPenalty: 2, earlyStopping: 'never' },
    { numBeams: 2, lengthPenalty: 1, earlyStopping: false },
    { lengthPenaltyKind: 'gnmt' },
  ])('finds its beams with their scores: %j', async (given) => {
    const wanted = beams.find(
      ({ options, hypotheses }) =>
        Object.entries(given).every(
          ([name, value]) => options[name as keyof Options] === value, // its names are those
        ) &&
        hypotheses.every(({ ids }) => !ids.includes(END)) &&
        hypotheses.length > 1,
    );
    if (!wanted) throw new Error('expected such a case, got none');
    const { prompt, options, hypotheses } = wanted;
    const lines = await sample([prompt], options);
    expect(lines.map(({ tokens }) => tokens)).toEqual(
      hypotheses.map(({ ids }) => withoutEnd(ids, options)),
    );
    for (const [i, { score }] of hypotheses.entries()) {
      expect(lines[i].score).toBeCloseTo(score, 4);
    }
  });
});
