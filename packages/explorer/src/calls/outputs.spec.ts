import { answersApp, END, filesApp } from '../../test/letters-app.js';
import { lettersModel, openModels } from '../../test/letters-model.js';
import { explorerCalls } from '../explorer-calls.js';

const calls = explorerCalls(
  openModels(
    lettersModel(),
    lettersModel({ id: 'files', app: filesApp }),
    lettersModel({ id: 'answers', app: answersApp }),
  ),
);
const prompt = { tokens: [0, 1, 2] };

describe('artifact', () => {
  it('is the text of an output that grows', async () => {
    const question = { model: 'letters', prompt, output: [3, 26, 4, END] };
    expect(await calls.whole.artifact(question)).toEqual({ kind: 'text', text: 'd e' });
  });

  it('is a file of a piece from its beginning on', async () => {
    const answer = await calls.whole.artifact({ model: 'files', prompt, output: [3] });
    expect(answer).toEqual({ kind: 'file', extension: 'mid', base64: btoa('MThdabcd') });
  });

  it('is an answer with its forced beginning', async () => {
    const forced = { ...prompt, outputStart: 2 };
    const answer = await calls.whole.artifact({ model: 'answers', prompt: forced, output: [3] });
    expect(answer).toEqual({ kind: 'text', text: 'cd' });
  });

  it('refuses invalid ids', async () => {
    const question = { model: 'letters', prompt, output: [28] };
    await expect(calls.whole.artifact(question)).rejects.toThrow(
      'output: expected ids from 0 to 27, got 28',
    );
  });
});

describe('score', () => {
  const question = { model: 'answers', prompt, output: [3, 4], text: 'abc', reference: 'de' };

  it('compares an output with a reference', async () => {
    const same = [{ name: 'same', score: 100, signature: 'exact' }];
    expect(await calls.whole.score(question)).toEqual({ scores: same });
    const { scores } = await calls.whole.score({ ...question, reference: 'dd' });
    expect(scores[0].score).toBe(0);
  });

  it('refuses models whose outputs have no score', async () => {
    await expect(calls.whole.score({ ...question, model: 'letters' })).rejects.toThrow(
      'model: expected one whose outputs can be scored, got letters of the domain letters',
    );
  });
});
