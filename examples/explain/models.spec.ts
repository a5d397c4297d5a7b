import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  type AnyApp,
  checkSettings,
  createExplorer,
  generate,
  type Grammar,
  loadFirstEngine,
  samplingConfig,
  scoreContinuation,
} from '@ramble/core';
import { outputRulesFeature } from '@ramble/core/app';
import {
  type ExploredModel,
  explorerCalls,
  type ExplorerCalls,
  type PagePrompt,
  type StudyAnswer,
  type WriteEvent,
} from '@ramble/explorer';
import { musicApp } from '@ramble/music-app';
import { nativeEngine } from '@ramble/native';
import { wasmEngine } from '@ramble/portable';
import { folderStorage } from '@ramble/runs/node';
import { loadDomain, loadRun } from '@ramble/runs';
import { sourceAttention, studyPrompt } from '@ramble/core/study';
import { summarizationApp } from '@ramble/summarization-app';
import { translationApp } from '@ramble/translation-app';

const SONG = join(
  import.meta.dirname,
  '../../packages/music/fixtures/real/satie-gymnopedie-no1.mid',
);
const DESCRIPTION =
  'Ark manages various archive formats, including tar, gzip, bzip2, rar and zip, as well as CD-ROM images.';

let models: Readonly<Record<'piano' | 'en-fr' | 'synopses', ExploredModel>>;
let calls: ExplorerCalls;
beforeAll(async () => {
  const { name: engine } = await loadFirstEngine([nativeEngine, wasmEngine]);
  const open = async (id: string, app: AnyApp): Promise<ExploredModel> => {
    const storage = folderStorage(join(import.meta.dirname, '../models', id));
    const run = await loadRun(storage, { weights: 'as stored' });
    return { id, model: run.model, app, domain: await loadDomain(run, app.factory), engine };
  };
  models = {
    piano: await open('piano', musicApp),
    'en-fr': await open('en-fr', translationApp),
    synopses: await open('synopses', summarizationApp),
  };
  const list = Object.values(models);
  calls = explorerCalls({ list: () => list, find: (id) => list.find((each) => each.id === id) });
});
afterAll(() => {
  for (const { model } of Object.values(models)) model.dispose();
});

/** Writes as the page does; the tokens of each output. */
async function write(model: string, prompt: PagePrompt, more: object = {}): Promise<number[][]> {
  const events: WriteEvent[] = [];
  const question = { model, prompt, sampling: {}, count: 1, alternatives: 10, ...more };
  for await (const event of calls.streamed.write(question)) events.push(event);
  const outputs: number[][] = [];
  for (const event of events) {
    if (event.kind === 'token') (outputs[event.output] ??= []).push(event.token.id);
  }
  return outputs;
}
async function textOf(model: string, prompt: PagePrompt, output: number[]): Promise<string> {
  const artifact = await calls.whole.artifact({ model, prompt, output });
  return artifact.kind === 'text' ? artifact.text : '';
}

/** Grammar of an app's outputs with default settings. */
function grammarOf({ app, domain }: ExploredModel, maxNewTokens: number): Grammar<unknown> {
  const rules = outputRulesFeature.of(app)!;
  return rules.grammar(checkSettings<unknown>(rules.settings, {}), { maxNewTokens, domain });
}

describe('the translator', () => {
  const model = 'en-fr';
  const text = 'Text editor for programmers';

  it('translates as on the command line, and returns the probability of each token', async () => {
    const { prompt } = await calls.whole.encode({ model, text });
    const [output] = await write(model, prompt);
    expect(await textOf(model, prompt, output)).toBe('éditeur de texte pour programmeurs');
    const whole = { ...prompt, tokens: [...prompt.tokens, ...output] };
    const { tokens } = await calls.whole.reading({ model, prompt: whole, alternatives: 3 });
    const scores = scoreContinuation(models[model].model, prompt, output);
    const outputTokens = tokens.slice(-output.length);
    for (const [i, { probability, rank, alternatives }] of outputTokens.entries()) {
      expect(probability).toBeCloseTo(Math.exp(scores[i].logProbability), 4);
      expect(rank === 1).toBe(scores[i].isLikeliest);
      expect(alternatives).toHaveLength(3);
    }
  });

  it('shows which words of the source each token looked at', async () => {
    const { prompt } = await calls.whole.encode({ model, text });
    const [output] = await write(model, prompt);
    const { weights } = await calls.whole.sources({ model, prompt, output });
    const { tokens, prefixLength } = prompt;
    const pair = { tokens: [...tokens, ...output], prefixLength, outputStart: tokens.length };
    const mean = sourceAttention(models[model].model, pair);
    expect(weights).toHaveLength(output.length);
    for (const [seen, share] of mean.entries()) {
      const sum = weights.reduce((total, row) => total + (row[seen] ?? 0), 0);
      expect(sum / weights.length).toBeCloseTo(share, 5);
    }
  });

  it('scores a translation as sacreBLEU would', async () => {
    const { prompt } = await calls.whole.encode({ model, text });
    const [output] = await write(model, prompt);
    const reference = 'éditeur de texte pour programmeurs';
    const { scores } = await calls.whole.score({ model, prompt, output, text, reference });
    expect(scores.map(({ name }) => name)).toEqual(['BLEU', 'chrF2', 'TER']);
    expect(scores.map(({ score }) => score)).toEqual([expect.closeTo(100), 100, 0]);
  });

  it('has no more to say to an empty line than the command line', async () => {
    const { answer } = await calls.whole.encode({ model, text: ' ' });
    expect(answer).toEqual({ kind: 'text', text: '' });
  });
});

describe('the summarizer', () => {
  const model = 'synopses';

  it('summarizes as on the command line, and scores the summary', async () => {
    const { prompt } = await calls.whole.encode({ model, text: DESCRIPTION });
    const [output] = await write(model, prompt);
    const text = await textOf(model, prompt, output);
    expect(text).toBe('Ark manages various archive formats');
    const question = { model, prompt, output, text: DESCRIPTION, reference: text };
    const { scores } = await calls.whole.score(question);
    expect(scores.find(({ name }) => name === 'ROUGE-1')?.score).toBe(100);
    expect(scores.find(({ name }) => name === 'new 1-grams')?.score).toBe(0);
  });

  it('cuts a long document, and reports the cut', async () => {
    const text = `${DESCRIPTION} `.repeat(50);
    const { prompt, tokens, cut } = await calls.whole.encode({ model, text });
    expect(tokens).toHaveLength(prompt.tokens.length);
    expect(cut).toMatch(/^the prompt has \d+ tokens; cut \(.+\) to \d+, so that a context of \d+ /);
  });

  it('is studied as inspect studies it', async () => {
    const { prompt } = await calls.whole.encode({ model, text: DESCRIPTION });
    let lens: StudyAnswer['lens'] = [];
    for await (const event of calls.streamed.study({ model, prompt })) {
      if (event.kind === 'study') ({ lens } = event.study);
    }
    const { domain, model: own } = models[model];
    const study = studyPrompt(own, prompt, domain.vocabulary, { count: 10 });
    expect(lens.map(({ tokens }) => tokens.map(({ id }) => id))).toEqual(
      study.lens.map(({ tokens }) => tokens.map(({ token }) => token)),
    );
    const layer = own.config.nLayer - 1;
    const { weights } = await calls.whole.attention({ model, prompt, layer, head: 0 });
    const rows = study.attention[layer][0];
    expect(weights.map((row) => row.map((each) => each ?? 0))).toEqual(
      rows.map((row) => Array.from(row, (each) => Number(each.toPrecision(6)))),
    );
  });
});

describe('the pianist', () => {
  const model = 'piano';
  const file = readFileSync(SONG).toString('base64');

  it('continues a file with the tokens of the library, for the same seed and rules', async () => {
    const options = { primer: 'song.mid', primerSeconds: 3 };
    const { prompt } = await calls.whole.encode({ model, file, options });
    const sampling = { seed: 7, maxNewTokens: 60 };
    const outputs = await write(model, prompt, { sampling, count: 2 });
    const { app, domain, model: own } = models[model];
    const expected: number[][] = [[], []];
    for await (const event of generate(own, prompt, {
      ...samplingConfig({ ...app.sampling, ...sampling }),
      count: 2,
      stopTokens: domain.stopTokens,
      grammar: grammarOf(models[model], 60),
    })) {
      if (event.kind === 'token') expected[event.sequence].push(event.token);
    }
    expect(outputs).toEqual(expected);
  });

  it('returns the most probable next tokens, and the tokens that its grammar refuses', async () => {
    const { prompt } = await calls.whole.encode({ model, file, options: { primerSeconds: 3 } });
    const { tokens, refused } = await calls.whole.next({ model, prompt, count: 10 });
    const { domain, model: own } = models[model];
    const expected = createExplorer(own, domain.vocabulary).nextTokens(prompt, 10);
    expect(tokens.map(({ id, word }) => [id, word])).toEqual(
      expected.map(({ token, word }) => [token, word]),
    );
    const grammar = grammarOf(models[model], 1024);
    const allowed = new Set(grammar.allowed(grammar.start(prompt)));
    expect(refused?.count).toBe(domain.vocabulary.size - allowed.size);
    expect(refused?.tokens.some(({ id }) => allowed.has(id))).toBe(false);
    expect(refused?.tokens[0].word).toBe('+1000 ms'); // a rest that no piece has
  });

  it('writes pieces as MIDI files', async () => {
    const { prompt } = await calls.whole.encode({ model });
    const [output] = await write(model, prompt, { sampling: { seed: 1, maxNewTokens: 50 } });
    const artifact = await calls.whole.artifact({ model, prompt, output });
    expect(artifact).toMatchObject({ kind: 'file', extension: 'mid' });
    const bytes = artifact.kind === 'file' ? Buffer.from(artifact.base64, 'base64') : undefined;
    expect(bytes?.subarray(0, 4).toString()).toBe('MThd');
    await expect(calls.whole.encode({ model, file: btoa('no music') })).rejects.toThrow(
      'prompt: expected a MIDI file',
    );
  });

  it('lists its settings of prompts and outputs', async () => {
    const views = await calls.whole.models({});
    const piano = views.find(({ id }) => id === model);
    expect(piano).toMatchObject({ format: 'mid', continues: true, hasGrammar: true });
    expect(piano?.weights).toBe('f16');
    expect(piano?.promptSettings.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'primer file',
      'melody file',
      'given file',
      'fill string',
      'primerSeconds number',
      'density number',
      'tempo number',
      'chords string',
    ]);
    expect(piano?.outputSettings.map(({ name }) => name)).toContain('maxPolyphony');
  });
});

describe('the example', () => {
  it('prints the probability of each token of a translation', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'explain.mjs'), 'Text editor for programmers'],
      { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
    );
    expect([status, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.at(-1)).toBe('éditeur de texte pour programmeurs');
    expect(lines[0]).toMatch(/^ *\d+\.\d % {2}" éditeur" {2}not \S.+, \S.+$/);
  });
});
