import { lettersModel, openModels } from '../../test/letters-model.js';
import { explorerCalls } from '../explorer-calls.js';
import { answerMessages } from './answer-messages.js';
import { askMessages } from './ask-messages.js';

const prompt = { tokens: [2, 0, 11, 11] };
const calls = explorerCalls(openModels(lettersModel()));
const { port1, port2 } = new MessageChannel();
const asked = askMessages(port1);
beforeAll(() => {
  answerMessages(port2, calls);
  port1.start();
  port2.start();
});
afterAll(() => {
  port1.close();
});

const QUESTION = { model: 'letters', prompt, sampling: { seed: 4 }, count: 2, rivals: 2 };

describe('calls by messages', () => {
  it('are answered as those without', async () => {
    const question = { model: 'letters', prompt, count: 4 };
    const [next, models] = await Promise.all([
      asked.call('next', question),
      asked.call('models', {}),
    ]);
    expect(next.tokens.map(({ id }) => id)).toEqual(
      (await calls.whole.next(question)).tokens.map(({ id }) => id),
    );
    const all: unknown = JSON.parse(JSON.stringify(await calls.whole.models({})));
    expect(JSON.parse(JSON.stringify(models))).toEqual(all);
  });

  it('tell events in their order, of several questions at once', async () => {
    const tokensOf = async (
      events: AsyncIterable<{ readonly kind: string }>,
    ): Promise<unknown[]> => {
      const told: unknown[] = [];
      for await (const event of events) if (event.kind !== 'done') told.push(event);
      return told;
    };
    const [first, second] = await Promise.all([
      tokensOf(asked.stream('write', QUESTION)),
      tokensOf(asked.stream('write', { ...QUESTION, sampling: { seed: 5 } })),
    ]);
    expect(first).toEqual(await tokensOf(calls.streamed.write(QUESTION)));
    expect(second).not.toEqual(first);
  });

  it('say what was wrong', async () => {
    await expect(asked.call('parameters', { model: 'whale' })).rejects.toThrow(
      'model: expected one of letters, got whale',
    );
    const wrong = { ...QUESTION, count: 0 };
    await expect(asked.stream('write', wrong)[Symbol.asyncIterator]().next()).rejects.toThrow(
      'count: expected an integer from 1 to 64, got 0',
    );
    await expect(asked.call('toString' as 'models', {})).rejects.toThrow(
      /^call: expected one of models, encode, .*, write, got toString$/,
    );
  });

  it('end with their signal, on the other side too', async () => {
    const controller = new AbortController();
    const question = { ...QUESTION, sampling: { maxNewTokens: 1000000 }, count: 16 };
    let told = 0;
    const reading = (async () => {
      for await (const { kind } of asked.stream('write', question, controller.signal)) {
        if (kind === 'token' && ++told === 30) controller.abort(new Error('gone'));
      }
    })();
    await expect(reading).rejects.toThrow('gone');
    await expect(asked.call('models', {}, controller.signal)).rejects.toThrow('gone');
    for await (const event of asked.stream('write', question)) if (event.kind === 'token') break;
    // All slots are free again, or this would wait for the million tokens.
    expect((await asked.call('next', { model: 'letters', prompt, count: 1 })).tokens).toHaveLength(
      1,
    );
  });
});
