import { createModel, type Model } from '@ramble/core';
import { createScheduler } from '@ramble/core/sampling';

import { textDomain, type TextDomain } from '../text-domain.js';
import { byteTokenizer } from '@ramble/tokenizers';

import { chat, type ChatAnswer } from './chat.js';
import { ChatTemplateError } from './template-renderer.js';

const tokenizer = byteTokenizer({ specialTokens: ['<|im_start|>', '<|im_end|>'] });
const [START, END] = [257, 258];
const SOURCE =
  '{% for m in messages %}<|im_start|>{{ m.role[0] }}{{ m.content }}<|im_end|>{% endfor %}<|im_start|>';
const CONTEXT = 48;

function domainOf(source: string, stopTokens: readonly number[] = [END]): TextDomain {
  const chatTemplate = { source, specialTokens: {} };
  return textDomain(tokenizer, undefined, { stopTokens, chatTemplate });
}

/** A model that has opinions, as the initial one hardly prefers any token. */
function opinionated(): Model {
  const shape = { contextLength: CONTEXT, nLayer: 1, nHead: 2, nEmbd: 16 };
  const model = createModel({ vocabSize: tokenizer.vocabSize, ...shape }, { seed: 3 });
  for (const { name } of model.parameters.specs) {
    if (!name.endsWith('.weight')) continue;
    model.parameters.write(
      name,
      model.parameters.read(name).map((value) => 20 * value),
    );
  }
  return model;
}

let model: Model;
beforeAll(() => (model = opinionated()));
afterAll(() => model.dispose());
const domain = domainOf(SOURCE);
const messages = [{ role: 'user', content: 'hi' }];

/** The pieces of an answer, and the whole of it. */
async function whole(
  ...given: Parameters<typeof chat>
): Promise<{ readonly pieces: readonly string[]; readonly answer: ChatAnswer }> {
  const pieces: string[] = [];
  const written = chat(...given);
  for (;;) {
    const { done, value } = await written.next();
    if (done) return { pieces, answer: value };
    pieces.push(value);
  }
}

describe('chat', () => {
  it('answers the prompt of the template, with its special tokens encoded as such', async () => {
    const encoded = domain.allowSpecialTokens().encodePrompt('<|im_start|>uhi<|im_end|>');
    expect(Array.from(encoded.tokens)).toEqual([START, 117, 104, 105, END]);
    const options = { temperature: 0, maxNewTokens: 6 };
    const { pieces, answer } = await whole(model, domain, messages, options);
    expect(answer).toMatchObject({ promptTokens: 6, end: 'length', tokens: 6 });
    expect(answer.message).toEqual({ role: 'assistant', content: pieces.join('') });
    expect(pieces.length).toBeGreaterThan(1);
  });

  it('gives the same answer for the same seed, another for another, and the same with a scheduler', async () => {
    const of = async (seed: number, scheduler?: ReturnType<typeof createScheduler>) => {
      const options = { seed, temperature: 2, maxNewTokens: 8, scheduler };
      return (await whole(model, domain, messages, options)).answer.message.content;
    };
    const scheduler = createScheduler(model, { batchSize: 1 });
    const first = await of(1);
    expect([await of(1), await of(1, scheduler), await of(1, scheduler)]).toEqual([
      first,
      first,
      first,
    ]);
    expect(await of(2)).not.toBe(first);
  });

  it("ends at the model's stop tokens, which are no part of the answer", async () => {
    const all = Array.from({ length: tokenizer.vocabSize }, (_, id) => id);
    const { pieces, answer } = await whole(model, domainOf(SOURCE, all), messages);
    expect(pieces).toEqual([]);
    expect(answer).toMatchObject({ end: 'stop', message: { content: '' } });
  });

  it('ends before a stop text, and at the end of the context', async () => {
    const temperature = 0;
    const { answer } = await whole(model, domain, messages, { temperature });
    const { content } = answer.message;
    expect(answer).toMatchObject({ end: 'length', tokens: CONTEXT - 6 + 1 });
    const stop = [content.slice(4, 7)];
    const cut = await whole(model, domain, messages, { temperature, stop });
    expect(cut.answer).toMatchObject({
      end: 'stop',
      message: { content: content.slice(0, content.indexOf(stop[0])) },
    });
  });

  it('ends when its signal aborts, and when nobody reads on, and leaves a shared scheduler free', async () => {
    const scheduler = createScheduler(model, { batchSize: 1 });
    const stop = new AbortController();
    const written = chat(model, domain, messages, { signal: stop.signal, scheduler, seed: 1 });
    await written.next();
    stop.abort();
    let last = await written.next();
    while (!last.done) last = await written.next();
    expect(last.value).toMatchObject({ end: 'stopped' });
    for await (const piece of chat(model, domain, messages, { scheduler, seed: 1 })) {
      expect(piece).not.toBe('');
      break;
    }
    expect(scheduler.step()).toBe(false);
    const { answer } = await whole(model, domain, messages, { scheduler, maxNewTokens: 2 });
    expect(answer.end).toBe('length');
  });

  it('continues the last message if the assistant wrote it', async () => {
    const begun = [...messages, { role: 'assistant', content: 'Hey' }];
    const options = { temperature: 0, maxNewTokens: 6, repetitionPenalty: 1 };
    const { answer } = await whole(model, domain, begun, options);
    // As a template writes it that ends there.
    const plain = domainOf('<|im_start|>uhi<|im_end|><|im_start|>aHey');
    const expected = await whole(model, plain, messages, options);
    expect(answer).toEqual(expected.answer);
    expect(answer.promptTokens).toBe(10);
    const empty = [...messages, { role: 'assistant', content: '' }];
    expect((await whole(model, domain, empty, options)).answer.promptTokens).toBe(9); // a new turn
  });

  it('refuses to continue an answer that the template changes', async () => {
    const begun = [...messages, { role: 'assistant', content: 'Hey' }];
    const thinking = domainOf('{% for m in messages %}{{ m.content[0] }}{% endfor %}');
    await expect(whole(model, thinking, begun)).rejects.toThrow(
      'messages: expected a last message of a user, as the chat template of the model leaves out parts of an answer',
    );
  });

  it('passes tools, documents and variables to the template', async () => {
    const source = `{{ raise_exception(tools[0].type ~ documents[0].title ~ enable_thinking) }}`;
    const tools = [{ type: 'function' }];
    const documents = [{ title: 'Emma' }];
    const variables = { enable_thinking: false };
    const given = { tools, documents, variables };
    await expect(whole(model, domainOf(source), messages, given)).rejects.toThrow(
      'functionEmmaFalse',
    );
    await expect(whole(model, domainOf(source), messages)).rejects.toThrow(ChatTemplateError);
  });

  it.each([
    [[], {}, 'messages: expected a list of messages, such as { role: '],
    ['hello', {}, 'got "hello"'],
    [[{ content: 'no role' }], {}, 'messages: expected a list of messages'],
    [messages, { temperature: -1 }, 'temperature: expected a number of at least 0, got -1'],
    [messages, { stop: [''] }, 'stop: expected texts, got an empty one'],
    [
      [{ role: 'user', content: 'x'.repeat(60) }],
      {},
      'messages: expected fewer than the 48 tokens of the context, got 64; leave out the oldest ones',
    ],
  ])('refuses the messages %j with %j', async (given, options, message) => {
    // as a program without types may
    await expect(whole(model, domain, given as typeof messages, options)).rejects.toThrow(message);
  });

  it('refuses a model without a chat template', async () => {
    await expect(whole(model, textDomain(tokenizer), messages)).rejects.toThrow(
      'domain: expected one with a chat template, got one without; import an instruct model',
    );
  });
});
