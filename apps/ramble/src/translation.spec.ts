import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Outcome, runHere } from '../test/run-here.js';

/** Nouns and adjectives of two languages with different words and different order. */
const NOUNS = { cat: 'chat', dog: 'chien', hat: 'chapeau', bag: 'sac', boat: 'bateau' };
const ADJECTIVES = { red: 'rouge', black: 'noir', big: 'grand', old: 'vieux' };
const PAIRS = Object.entries(NOUNS).flatMap(([noun, nom]) =>
  Object.entries(ADJECTIVES).map(([adjective, adjectif]) => [
    `I see a ${adjective} ${noun}`,
    `je vois un ${nom} ${adjectif}`,
  ]),
);

let folder: string;
let run: string;
let files: { readonly source: string; readonly target: string };
let trained: Outcome;

const ramble = (words: readonly string[], stdin = ''): Promise<Outcome> =>
  runHere(['translation', ...words], { stdin });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-translation-'));
  run = join(folder, 'run');
  files = { source: join(folder, 'pairs.en'), target: join(folder, 'pairs.fr') };
  await writeFile(files.source, PAIRS.map(([source]) => `${source}\n`).join(''));
  await writeFile(files.target, PAIRS.map(([, target]) => `${target}\n`).join(''));
  const data = ['--source', files.source, '--target', files.target];
  const valid = ['--valid-source', files.source, '--valid-target', files.target];
  const shape = ['--n-layer', '2', '--n-head', '2', '--n-embd', '32', '--context-length', '48'];
  const pace = ['--batch-size', '20', '--max-steps', '240', '--learning-rate', '1e-2'];
  const saves = ['--eval-interval', '80', '--save-interval', '80', '--keep-checkpoints', '3'];
  const tags = ['--source-language', 'en', '--target-language', 'fr', '--bpe-vocab-size', '300'];
  trained = await ramble([
    ...['train', '--out', run, ...data, ...valid, ...shape, ...pace, ...saves, ...tags],
    ...['--best-by', 'score', '--label-smoothing', '0.1', '--json'],
  ]);
});
afterAll(() => rm(folder, { recursive: true }));

describe('ramble translation', () => {
  it('learns from two files, and saves the best checkpoint by the BLEU of its outputs', async () => {
    expect(trained).toMatchObject({ status: 0 });
    const report = JSON.parse(trained.stdout) as { bestScore: number };
    expect(report.bestScore).toBeGreaterThan(90);
    const log = await readFile(join(run, 'log.jsonl'), 'utf8');
    expect(log).toContain('"validationScore":');
    expect(trained.stderr).toMatch(/validation loss \d\.\d{4}, BLEU \d+\.\d\d/);
    const page = await readFile(join(run, 'report.html'), 'utf8');
    expect(page).toContain('<h2>BLEU of the validation outputs</h2>');
    expect(page).toContain(`<dt>source</dt><dd>${files.source} <small>sha256 `);
    expect(page).toMatch(/<td>nLayer<\/td><td>2<.*<summary>\d+ at their defaults<.*<td>seed</s);
  });

  it('translates lines of standard input in their order, an empty one too', async () => {
    const lines = ['I see a red cat', '', 'I see a big boat', 'an old hat'].join('\n');
    const { stdout, status } = await ramble(['sample', '--model', run], `${lines}\n`);
    expect([status, stdout.split('\n').slice(0, 3)]).toEqual([
      0,
      ['je vois un chat rouge', '', 'je vois un bateau grand'],
    ]);
    expect(stdout.split('\n')).toHaveLength(5);
  });

  it('translates a text of the command line, and continues a forced prefix', async () => {
    const sample = ['sample', '--model', run, 'I see a red cat'];
    expect((await ramble(sample)).stdout).toBe('je vois un chat rouge\n');
    const forced = ['--forced-prefix', 'je vois un sac', '--to', 'fr'];
    expect((await ramble([...sample, ...forced])).stdout).toMatch(/^je vois un sac/);
    expect((await ramble(['sample', '--model', run, '--to', 'de', 'a'])).stderr).toContain(
      '--to: expected one of fr, got de',
    );
  });

  it('scores its best translations with the scores that it found', async () => {
    const best = ['--n-best', '3', '--prompt', 'I see a black dog', '--json'];
    const { stdout } = await ramble(['sample', '--model', run, ...best]);
    const outputs = stdout
      .trim()
      .split('\n')
      .map((line) => {
        return JSON.parse(line) as { text: string; score: number };
      });
    expect(outputs).toHaveLength(3);
    for (const { text, score } of outputs) {
      const pair = ['--prompt', 'I see a black dog', '--output', text, '--json'];
      const scored = await ramble(['score', '--model', run, ...pair]);
      const { logProbability, tokens } = JSON.parse(scored.stdout) as {
        logProbability: number;
        tokens: unknown[];
      };
      expect(Math.abs(logProbability / tokens.length - score)).toBeLessThan(1e-4);
    }
  });

  it('evaluates an average of checkpoints, compared with a copy and a dictionary', async () => {
    const mean = join(folder, 'mean');
    expect(await ramble(['average', '--model', run, '--count', '2', '--out', mean])).toMatchObject({
      status: 0,
    });
    const data = ['--source', files.source, '--target', files.target, '--json'];
    const { stdout } = await ramble(['evaluate', '--model', mean, ...data]);
    const { outputs } = JSON.parse(stdout) as {
      outputs: {
        scores: { name: string; score: number }[];
        baselines: { name: string; scores: { score: number }[] }[];
      };
    };
    const [copy, words] = outputs.baselines;
    expect(outputs.scores.map(({ name }) => name)).toEqual(['BLEU', 'chrF2', 'TER']);
    expect(outputs.scores[0].score).toBeGreaterThan(words.scores[0].score);
    expect(words.scores[0].score).toBeGreaterThan(copy.scores[0].score);
  });

  it('names the line of the data that has an unknown language', async () => {
    const [unknown, malformed] = [join(folder, 'de.jsonl'), join(folder, 'malformed.jsonl')];
    await writeFile(unknown, '\n{"source":"dog","target":"Hund","to":"de"}\n');
    await writeFile(malformed, '{"source":"dog","target":"Hund","to":"xx yy"}\n');
    const training = ['train', '--out', join(folder, 'other'), '--bpe-vocab-size', '270'];
    const learned = ['--source', files.source, '--target', files.target];
    const message = `error: ${unknown} line 2: to: expected one of`;
    for (const [verb, expected] of [
      [['evaluate', '--model', run, '--data', unknown], `${message} fr, got de\n`],
      [['score', '--model', run, '--data', unknown], `${message} fr, got de\n`],
      [[...training, ...learned, '--valid', unknown], `${message} target, got de\n`],
      [
        [...training, '--data', malformed],
        `error: ${malformed} line 1: to: expected a language such as fr or pt-br, got "xx yy"\n`,
      ],
    ] as const) {
      const { status, stderr } = await ramble(verb);
      expect([status, stderr]).toEqual([1, expect.stringContaining(expected)]);
    }
  });

  it('refuses files of unequal length and a model of another domain', async () => {
    const short = join(folder, 'short.fr');
    await writeFile(short, 'un\ndeux\n');
    const data = ['--source', files.source, '--target', short];
    expect((await ramble(['evaluate', '--model', run, ...data])).stderr).toContain(
      `error: ${short}: expected as many lines as ${files.source} (20), got 2\n`,
    );
    const text = await runHere(['text', 'sample', '--model', run]);
    expect(text.stderr).toContain(`${run}: expected a run of the domain text, got translation`);
  });
});
