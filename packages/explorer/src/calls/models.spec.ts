import { parameterTally } from '@ramble/core/model';

import { answersApp, filesApp } from '../../test/letters-app.js';
import { lettersModel, openModels } from '../../test/letters-model.js';
import { explorerCalls } from '../explorer-calls.js';

const letters = lettersModel();
const files = lettersModel({ id: 'files', app: filesApp });
const answers = lettersModel({ id: 'answers', app: answersApp });
const open = [letters, files];
const calls = explorerCalls({
  list: () => open,
  find: (id) => open.find((model) => model.id === id),
});

describe('models', () => {
  it('lists the open models with their abilities and settings', async () => {
    const [first, second] = await calls.whole.models({});
    expect(first).toMatchObject({
      id: 'letters',
      domain: 'letters',
      description: 'Small letters.',
      config: letters.model.config,
      weights: 'f32',
      engine: 'cpu',
      continues: true,
      chats: false,
      scores: false,
      hasGrammar: false,
      promptSettings: [],
      outputSettings: [],
    });
    expect(first).not.toHaveProperty('format');
    expect(second).toMatchObject({
      id: 'files',
      format: 'mid',
      continues: true,
      hasGrammar: true,
      promptSettings: [
        { name: 'primer', kind: 'file', description: 'A file.', derived: 'none' },
        { name: 'melody', kind: 'file' },
        { name: 'seconds', kind: 'number', min: 0, derived: 'all' },
      ],
      outputSettings: [{ name: 'most', kind: 'integer', default: 3, min: 0 }],
    });
  });

  it('has the sampling settings with the defaults of the app, without draft tokens', async () => {
    const views = await calls.whole.models({});
    const [plain, ruled] = views.map(({ samplingSettings }) => samplingSettings);
    const find = (settings: typeof plain, name: string): unknown =>
      settings.find((setting) => setting.name === name);
    expect(find(plain, 'topP')).toEqual({
      name: 'topP',
      kind: 'number',
      description: 'Sample only from the most likely tokens that together reach this probability.',
      default: 1,
      min: 0,
      max: 1,
      only: 'random',
    });
    expect(find(plain, 'method')).toMatchObject({
      kind: 'choice',
      choices: ['random', 'greedy'],
      derived: 'random; greedy with beams',
    });
    expect(find(plain, 'maxNewTokens')).toMatchObject({ default: 200 });
    expect(find(ruled, 'maxNewTokens')).toMatchObject({ default: 7 });
    expect(find(plain, 'promptLookup')).toBeUndefined();
  });

  it.each([
    ['one after the other', '', true],
    ['with gaps between them', ' ', false],
  ])('shows whether a text joins its tokens %s', async (_, gap, joins) => {
    const vocabulary = { size: 28, describe: (id: number) => String.fromCharCode(97 + id) };
    const domain = {
      ...letters.domain,
      vocabulary,
      decodeOutput: (ids: readonly number[]) => ids.map(vocabulary.describe).join(gap),
    };
    const own = lettersModel({ app: { ...answersApp, features: undefined }, domain });
    const [view] = await explorerCalls(openModels(own)).whole.models({});
    expect(view).toMatchObject({ joins, continues: true });
  });

  it('shows that a model answers prompts if its prompts have an outputStart', async () => {
    const encodePrompt = () => ({ tokens: [1], outputStart: 1 });
    const domain = { ...letters.domain, encodePrompt };
    const own = lettersModel({ app: { ...answersApp, features: undefined }, domain });
    const [view] = await explorerCalls(openModels(own)).whole.models({});
    expect(view.continues).toBe(false);
  });

  it.each([
    [() => undefined, 'The whale is not a fish, and the ship is not the sea.'],
    [(text: string) => !text.includes(' '), 'whale'],
    [(text: string) => text === '', ''],
    [() => false, undefined],
  ])('has an example that the domain reads: %#', async (reads, example) => {
    const encodePrompt = (text: string) => {
      if (reads(text) === false) throw new RangeError('text: expected another');
      return { tokens: [1] };
    };
    const own = lettersModel({ domain: { ...letters.domain, encodePrompt } });
    const [view] = await explorerCalls(openModels(own)).whole.models({});
    expect(view.example).toBe(example);
  });

  it('offers the examples of the app that the domain reads', async () => {
    const features = { promptExamples: ['ABC', 'abc', 'a'] };
    const own = lettersModel({ app: { ...answersApp, features } });
    const [view] = await explorerCalls(openModels(own)).whole.models({});
    expect(view).toMatchObject({ examples: ['abc', 'a'], example: 'abc' });
    expect((await calls.whole.models({})).map(({ examples }) => examples)).toEqual([[], []]);
  });

  it('lists a model once it is opened, and no longer once it is closed', async () => {
    open.push(answers);
    expect((await calls.whole.models({})).at(-1)).toMatchObject({
      id: 'answers',
      continues: false,
      scores: true,
    });
    open.pop();
    expect(await calls.whole.models({})).toHaveLength(2);
    await expect(calls.whole.parameters({ model: 'answers' })).rejects.toThrow(
      'model: expected one of letters, files, got answers',
    );
  });

  it('refuses a disposed model with an error that names the remedy', async () => {
    const closed = lettersModel({ id: 'closed' });
    closed.model.dispose();
    await expect(
      explorerCalls(openModels(closed)).whole.next({
        model: 'closed',
        prompt: { tokens: [1] },
        count: 1,
      }),
    ).rejects.toThrow('model: expected one in use, got one after its dispose(). Load it again');
  });
});

describe('parameters', () => {
  it('are counted as inspect counts them', async () => {
    const { total, rows } = await calls.whole.parameters({ model: 'letters' });
    expect(total).toBe(parameterTally(letters.model.config).total);
    expect(rows.reduce((sum, { count, times }) => sum + count * times, 0)).toBe(total);
    expect(rows[0]).toEqual({
      name: 'tokenEmbedding.weight',
      shape: [28, 12],
      count: 336,
      times: 1,
    });
    expect(rows.find(({ name }) => name === 'blocks.*.norm1.gain')).toMatchObject({ times: 2 });
  });
});
