import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generate, type GenerateOptions, type Model } from '@ramble/core';
import { folderStorage } from '@ramble/runs/node';
import { loadRun } from '@ramble/runs';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { type Outcome, runCommand, type CommandContext } from '../../../test/run-command.js';
import type { Sample } from './write-samples.js';

type Line = Sample & { readonly text: string; readonly prompt?: number };

const END = 28; // the letters' stop token

let folder: string;
let model: Model;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-sample-options-'));
  await makeRun(join(folder, 'run'), lettersApp, { contextLength: 32 });
  ({ model } = await loadRun(folderStorage(join(folder, 'run'))));
});
afterAll(() => rm(folder, { recursive: true }));

function sample(words: string, context?: CommandContext): Promise<Outcome> {
  const given = words.split(' ').map((word) => word.replaceAll('_', ' '));
  const run = ['--model', join(folder, 'run')];
  return runCommand(['letters', 'sample', ...run, ...given], context);
}
async function sampleJson(words: string, context?: CommandContext): Promise<Line[]> {
  const { stdout, status } = await sample(`${words} --json`, context);
  expect(status).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Line);
}

interface Written {
  readonly tokens: number[];
  readonly logProbabilities: number[];
  score?: number;
}
/** Returns the tokens that `generate` writes after the prompt `abcab`. */
async function written(options: GenerateOptions): Promise<Written[]> {
  const outputs: Written[] = [];
  const tokens = [0, 1, 2, 0, 1];
  for await (const event of generate(model, { tokens }, { stopTokens: [END], ...options })) {
    const output = (outputs[event.sequence] ??= { tokens: [], logProbabilities: [] });
    if (event.kind === 'end') output.score = event.score;
    if (event.kind !== 'token') continue;
    output.tokens.push(event.token);
    output.logProbabilities.push(event.logProbability);
  }
  return outputs;
}

describe('sample', () => {
  it.each<[string, GenerateOptions]>([
    ['--temperature 0.5', { temperature: 0.5 }],
    ['--top-k 3', { topK: 3 }],
    ['--top-p 0.6', { topP: 0.6 }],
    ['--min-p 0.4', { minP: 0.4 }],
    ['--typical-p 0.3', { typicalP: 0.3 }],
    ['--epsilon-cutoff 0.1', { epsilonCutoff: 0.1 }],
    ['--eta-cutoff 0.3', { etaCutoff: 0.3 }],
    ['--repetition-penalty 4', { repetitionPenalty: 4 }],
    ['--frequency-penalty 3', { frequencyPenalty: 3 }],
    ['--presence-penalty 5', { presencePenalty: 5 }],
    ['--no-repeat-ngram-size 1', { noRepeatNgramSize: 1 }],
    ['--min-new-tokens 20 --stop-token 3', { minNewTokens: 20, stopTokens: [END, 3] }],
    ['--allowed-token 4 --allowed-token 7 --allowed-token 9', { allowedTokens: [4, 7, 9] }],
    ['--suppressed-token 0 --suppressed-token 4', { suppressedTokens: [0, 4] }],
    ['--seed 3', { seed: 3 }],
    ['--method greedy', { method: 'greedy' }],
    ['--method greedy --prompt-lookup 6', { method: 'greedy' }],
    [
      '--method greedy --logit-bias 1,5=-inf --logit-bias 9=4.5',
      {
        method: 'greedy',
        logitBias: [
          { tokens: [1, 5], bias: -Infinity },
          { tokens: [9], bias: 4.5 },
        ],
      },
    ],
    ['--num-beams 3 --n-best 3', { numBeams: 3, nBest: 3 }],
    [
      '--num-beams 3 --n-best 2 --length-penalty 2 --length-penalty-form gnmt --early-stopping true',
      {
        numBeams: 3,
        nBest: 2,
        lengthPenalty: 2,
        lengthPenaltyForm: 'gnmt',
        earlyStopping: 'true',
      },
    ],
    [
      '--num-beams 3 --method random --temperature 2 --n-best 3',
      { numBeams: 3, method: 'random', temperature: 2, nBest: 3 },
    ],
    ['--count 3', { count: 3 }],
  ])('writes with %s the same as generate', async (words, options) => {
    const expected = await written({ maxNewTokens: 24, ...options });
    const found = await sampleJson(`--prompt abcab --max-new-tokens 24 ${words}`);
    expect(
      found.map(({ tokens, logProbabilities, score }) => ({ tokens, logProbabilities, score })),
    ).toEqual(expected);
    const isPlain = Object.keys(options).every((name) => /method|count|numBeams/.test(name));
    if (!isPlain && options.numBeams === undefined) {
      const [plain] = await written({ maxNewTokens: 24, method: options.method });
      expect(found[0].tokens).not.toEqual(plain.tokens); // the flag has an effect
    }
    for (const { tokens, logProbabilities, logProbability } of found) {
      expect(logProbabilities).toHaveLength(tokens.length);
      expect(logProbability).toBeCloseTo(logProbabilities.reduce((sum, each) => sum + each, 0));
    }
  });

  it('never completes a blocked run', async () => {
    const greedy = '--prompt abcab --method greedy --max-new-tokens 3';
    const [{ tokens }] = await sampleJson(greedy);
    const run = tokens.slice(0, 2).join(',');
    const [blocked] = await sampleJson(
      `${greedy} --blocked-sequence ${run} --blocked-sequence 28,28`,
    );
    expect(blocked.tokens[0]).toBe(tokens[0]);
    expect(blocked.tokens[1]).not.toBe(tokens[1]);
  });

  it('continues each prompt of a call as if it were the only one', async () => {
    const settings = '--max-new-tokens 9 --count 2';
    const alone = [
      ...(await sampleJson(`${settings} --prompt call`)),
      ...(await sampleJson(`${settings} --prompt me_ishmael`)),
    ];
    const expected = alone.map((line, i) => ({ ...line, prompt: i < 2 ? 1 : 2 }));
    const prompts = `--prompt call --prompt me_ishmael`;
    expect(await sampleJson(`${settings} ${prompts}`)).toEqual(expected);
    expect(await sampleJson(`${settings} ${prompts} --batch-size 1`)).toEqual(expected);
    const files = ['first', 'second'].map((name) => join(folder, name));
    await writeFile(files[0], 'call');
    await writeFile(files[1], 'me ishmael');
    const fromFiles = files.map((file) => `--prompt-file ${file}`).join(' ');
    expect(await sampleJson(`${settings} ${fromFiles}`)).toEqual(expected);
    for (const stdin of ['call\nme ishmael', 'call\r\nme ishmael\r\n']) {
      expect(await sampleJson(`${settings} --prompt-lines -`, { stdin })).toEqual(expected);
    }
  });

  it('shows the outputs of all prompts one after the other, each after its prompt', async () => {
    const [a, b] = await sampleJson('--prompt call --prompt me --max-new-tokens 5');
    const { stdout } = await sample('--prompt call --prompt me --max-new-tokens 5');
    expect(stdout).toBe(
      `=== 1 of 2, prompt 1 ===\ncall${a.text}\n\n=== 2 of 2, prompt 2 ===\nme${b.text}\n`,
    );
  });

  it('takes an empty line for an empty prompt', async () => {
    const lines = await sampleJson('--prompt-lines - --max-new-tokens 4', { stdin: 'ab\n\nc\n' });
    const [alone] = await sampleJson('--max-new-tokens 4');
    expect(lines[1]).toEqual({ ...alone, prompt: 2 });
    expect(lines).toHaveLength(3);
  });

  it('keeps the best candidate for each output', async () => {
    const words = '--prompt abcab --max-new-tokens 6 --seed 4';
    const all = await sampleJson(`${words} --count 6`);
    const mean = ({ logProbability, tokens }: Line): number =>
      logProbability / Math.max(1, tokens.length);
    const best = [all.slice(0, 3), all.slice(3)].map(
      (group) => [...group].sort((a, b) => mean(b) - mean(a))[0],
    );
    expect(await sampleJson(`${words} --count 2 --best-of 3`)).toEqual(best);
    const one = await sample(`${words} --best-of 3`);
    expect(one.stdout.trimEnd()).toBe(`abcab${best[0].text}`);
  });

  it('refuses to choose among outputs that are all the same', async () => {
    for (const others of ['--num-beams 2', '--method greedy']) {
      expect((await sample(`--prompt a --best-of 2 ${others}`)).stderr).toContain(
        '--best-of: expected random outputs to choose from, got the method greedy or beams',
      );
    }
  });

  it('heads the best of the beams with their scores', async () => {
    const beams = '--prompt call --max-new-tokens 5 --num-beams 3 --n-best 2';
    const [best, second] = await sampleJson(beams);
    expect(best.score).toBeGreaterThan(second.score ?? Infinity);
    expect((await sample(beams)).stdout).toBe(
      `=== 1 of 2, score ${best.score?.toFixed(3)} ===\ncall${best.text}\n\n` +
        `=== 2 of 2, score ${second.score?.toFixed(3)} ===\ncall${second.text}\n`,
    );
    expect((await sample(beams.replace(' --n-best 2', ''))).stdout).toBe(`call${best.text}\n`);
  });

  it('ends a beam before a stop text', async () => {
    const beams = '--prompt call --max-new-tokens 8 --num-beams 3 --early-stopping true';
    const [{ text }] = await sampleJson(beams);
    const stop = text.slice(3, 5);
    const [stopped] = await sampleJson(`${beams} --n-best 3 --stop ${stop.replaceAll(' ', '_')}`);
    expect(stopped).toMatchObject({ text: text.slice(0, text.indexOf(stop)), stop: 'text' });
  });

  it.each(['', ' --num-beams 2'])('ends when its time is over%s', async (beams) => {
    const soon = `--prompt a --prompt b --batch-size 4 --max-seconds 1e-9${beams}`;
    const lines = await sampleJson(soon);
    expect(lines.map(({ tokens, stop }) => [tokens.length, stop])).toEqual([
      [1, 'time'],
      [1, 'time'],
    ]);
    const waiting = await sampleJson(soon.replace('--batch-size 4', '--batch-size 1'));
    expect(waiting.map(({ tokens, stop }) => [tokens.length, stop])).toEqual([
      [1, 'time'],
      [0, 'time'],
    ]);
  });

  it('counts the accepted draft tokens of prompt lookup, and writes the same text', async () => {
    const words = '--prompt abcabcabc --method greedy --max-new-tokens 60';
    const [plain] = await sampleJson(words);
    const [{ lookup, ...same }] = await sampleJson(`${words} --prompt-lookup 5`);
    expect(same).toEqual(plain);
    expect(lookup?.drafted).toBeGreaterThan(lookup?.accepted ?? Infinity);
    expect(lookup?.accepted).toBeGreaterThan(0);
    const { stdout, stderr } = await sample(`${words} --prompt-lookup 5`);
    expect(stdout).toBe((await sample(words)).stdout);
    expect(stderr).toContain(
      `Of ${lookup?.drafted} draft tokens of prompt lookup ${lookup?.accepted} were accepted.\n`,
    );
  });
});

describe('a constraint', () => {
  it.each([
    ['--regex (sea|whale)_[x-z]{3}', /^(sea|whale) [x-z]{3}$/],
    ['--json-schema true', /^(true|false|null)$/],
    ['--json-schema {"type":["null","boolean"]} --num-beams 3', /^(true|false|null)$/],
  ])('is met by every output: %s', async (words, pattern) => {
    for (const { text, stop } of await sampleJson(`${words} --prompt a --seed 4`)) {
      expect([text, stop]).toEqual([expect.stringMatching(pattern), 'token']);
    }
  });

  it('is read from a file', async () => {
    await writeFile(join(folder, 'sea.gbnf'), 'root ::= "sea" [a-c]+ "\\n"');
    await writeFile(join(folder, 'null.json'), '{ "type": "null" }');
    const [one] = await sampleJson(`--grammar-file ${join(folder, 'sea.gbnf')} --seed 4`);
    expect(one.text).toMatch(/^sea[a-c]+\n$/);
    const [two] = await sampleJson(`--json-schema ${join(folder, 'null.json')} --seed 4`);
    expect(two.text).toBe('null');
  });

  it.each([
    ['--regex (a', '--regex: expected a regular expression of JavaScript, got Invalid regular'],
    ['--regex A', '--regex: no token of the vocabulary begins a text that meets it'],
    ['--regex a --json-schema true', '--regex: expected nothing with --json-schema, got a value'],
    ['--json-schema {"not":{}}', '--json-schema: schema #: expected supported keywords'],
    ['--json-schema {', '--json-schema: expected JSON'],
    ['--json-schema nothing.json', 'nothing.json: expected a file or folder'],
    ['--grammar-file nothing.gbnf', 'nothing.gbnf: expected a file or folder'],
  ])('is refused with its flag: %s', async (words, message) => {
    const { status, stderr } = await sample(words);
    expect(status).not.toBe(0);
    expect(stderr).toContain(`error: ${message}`);
  });
});
