import type { AnyDomain } from '@ramble/core';
import { CHAT_SAMPLING } from '@ramble/core/domain';

import type { EncodeAnswer } from '../contract.js';

import { END, lettersDomain } from '../../test/letters-app.js';
import { lettersModel, openModels } from '../../test/letters-model.js';
import { explorerCalls } from '../explorer-calls.js';

const chatting = {
  ...lettersDomain,
  chatTemplate: { source: 'none', specialTokens: {} },
  allowSpecialTokens: () => ({
    ...chatting,
    encodePrompt: (text: string) => {
      const ids = text
        .split('!')
        .map((part) => Array.from(lettersDomain.encodePrompt(part).tokens));
      return { tokens: ids.flatMap((part, i) => (i > 0 ? [END, ...part] : part)) };
    },
  }),
} as AnyDomain;
const models = openModels(lettersModel(), lettersModel({ id: 'chats', domain: chatting }));
const calls = explorerCalls(models, {
  renderChat: (_, messages) =>
    Promise.resolve(messages.map(({ role, content }) => `${role} ${content}`).join('!')),
});
const ask = (question: object): Promise<unknown> =>
  calls.whole.chatPrompt?.({ model: 'chats', ...question }) ?? Promise.reject(new Error('none'));

describe('chatPrompt', () => {
  it('encodes the rendered template, including special tokens', async () => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'me', content: 'b' },
    ];
    expect(await ask({ messages })).toMatchObject({
      prompt: { tokens: [20, 18, 4, 17, 26, 0, END, 12, 4, 26, 1], outputStart: 11 },
      tokens: { length: 11 },
    });
  });

  it('leaves out the oldest turns of a long conversation, and keeps a system prompt', async () => {
    const messages = [
      { role: 'system', content: 's' },
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ];
    const { cut, prompt } = (await ask({ messages })) as EncodeAnswer;
    expect(cut).toBe('the context is full: the first 2 messages are left out');
    const short = await ask({ messages: [messages[0], messages[3]] });
    expect(short).toMatchObject({ prompt });
    expect(short).not.toHaveProperty('cut');
  });

  it('refuses a system prompt that the template leaves out', async () => {
    const { whole } = explorerCalls(models, {
      renderChat: (_, messages) => Promise.resolve(messages.at(-1)?.content ?? ''),
    });
    const messages = [
      { role: 'system', content: 'be kind' },
      { role: 'user', content: 'a' },
    ];
    await expect(whole.chatPrompt?.({ model: 'chats', messages })).rejects.toThrow(
      'system: expected a model whose chat template has a system prompt, got one that leaves it out',
    );
  });

  it('exists with a chat renderer, for models with a template', async () => {
    expect(explorerCalls(models).whole).not.toHaveProperty('chatPrompt');
    const chats = async (from: typeof calls): Promise<boolean[]> =>
      (await from.whole.models({})).map((model) => model.chats);
    expect(await chats(calls)).toEqual([false, true]);
    expect(await chats(explorerCalls(models))).toEqual([false, false]);
  });

  it('has the sampling defaults of ramble chat, for models that have a template', async () => {
    const views = await calls.whole.models({});
    expect(views.map(({ chatSampling }) => chatSampling)).toEqual([
      undefined,
      { ...CHAT_SAMPLING, maxNewTokens: 24 },
    ]);
  });

  it.each([
    [
      { messages: [] },
      'messages: expected a list of at least one message with a role and a content, got []',
    ],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content: expected a text, got nothing'],
    [
      { messages: [{ role: 'user', content: 'much longer than its context' }] },
      'messages: expected fewer than the 24 tokens of the context, got 33; write a shorter message or system prompt',
    ],
    [
      { model: 'letters', messages: [{ role: 'user', content: 'a' }] },
      'model: expected one with a chat template, got letters',
    ],
  ])('refuses %j', async (question, message) => {
    await expect(ask(question)).rejects.toThrow(message);
  });
});
