import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { type AnyDomain, generate } from '@ramble/core';
import { generateText, streamText } from 'ai';
import type OpenAI from 'openai';

import { chatWhales } from '../../test/chat-app.js';
import { serveWhale, type Whale } from '../../test/serve-whale.js';

const CONTEXT = 160;
const domain = chatWhales as AnyDomain;

let whale: Whale;
beforeAll(async () => {
  whale = await serveWhale({}, { domain, contextLength: CONTEXT });
});
afterAll(() => whale.close());

type Params = OpenAI.ChatCompletionCreateParamsNonStreaming;
type Body = Readonly<Record<string, unknown>>;

const CALL = { model: 'whale', messages: [{ role: 'user' as const, content: 'call me' }], seed: 7 };
/** The token that ends an output. */
const [END] = chatWhales.stopTokens;
const PROMPT = '<begin>user\ncall me<end><begin>assistant\n';

function ask(params: Partial<Params> & Body = {}): Promise<OpenAI.ChatCompletion> {
  return whale.client.chat.completions.create({ max_completion_tokens: 12, ...CALL, ...params });
}
async function textOf(params: Partial<Params> & Body = {}): Promise<string | null> {
  return (await ask(params)).choices[0].message.content;
}

/** Outputs of the model for a rendered prompt, without a server. */
async function alone(prompt: string, options: object): Promise<number[][]> {
  const all: number[][] = [];
  const from = chatWhales.allowSpecialTokens?.().encodePrompt(prompt) ?? { tokens: [] };
  const stopTokens = chatWhales.stopTokens;
  const given = { stopTokens, maxNewTokens: 12, ...options };
  for await (const event of generate(whale.served.model, from, given)) {
    if (event.kind === 'token') (all[event.sequence] ??= []).push(event.token);
  }
  return all;
}
const written = (tokens: readonly number[]): string => chatWhales.decodeOutput(tokens);

async function refusal(body: Body, url = whale.url): Promise<unknown> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...CALL, ...body }),
  });
  const { error } = (await response.json()) as { error: Body };
  return [response.status, error.param, error.code, error.message];
}

describe('a chat', () => {
  it("is answered with the model's output after its template", async () => {
    const { choices, usage, ...head } = await ask({ n: 2, logit_bias: { [END]: -100 } });
    const outputs = await alone(PROMPT, {
      count: 2,
      seed: 7,
      logitBias: [{ tokens: [END], bias: -100 }],
    });
    expect(choices).toEqual(
      outputs.map((tokens, index) => ({
        index,
        message: { role: 'assistant', content: written(tokens), refusal: null },
        logprobs: null,
        finish_reason: 'length',
      })),
    );
    const { length } = chatWhales.allowSpecialTokens!().encodePrompt(PROMPT).tokens;
    expect(usage).toEqual({
      prompt_tokens: length,
      completion_tokens: 24,
      total_tokens: length + 24,
    });
    expect(head).toMatchObject({ object: 'chat.completion', model: 'whale' });
    expect(head.id).toMatch(/^chatcmpl-[\da-f-]{36}$/);
  });

  it('takes content in parts, the role developer and fields by either name', async () => {
    const messages = [
      { role: 'developer' as const, content: [{ type: 'text' as const, text: 'be brief' }] },
      {
        role: 'user' as const,
        content: [
          { type: 'text' as const, text: 'call' },
          { type: 'text' as const, text: 'me' },
        ],
      },
    ];
    const { choices } = await whale.client.chat.completions.create({
      ...CALL,
      messages,
      max_completion_tokens: 5,
    });
    const prompt = '<begin>system\nbe brief<end><begin>user\ncall\nme<end><begin>assistant\n';
    const [tokens] = await alone(prompt, { seed: 7, maxNewTokens: 5 });
    expect(choices[0].message.content).toBe(written(tokens));
  });

  it('stops at the end of the context if the request gives no maximum', async () => {
    const { choices, usage } = await ask({
      max_completion_tokens: undefined,
      logit_bias: { [END]: -100 },
    });
    expect(choices[0].finish_reason).toBe('length');
    expect(usage?.total_tokens).toBe(CONTEXT + 1); // the last token is not fed to the model
  });

  it('ends at a stop token, before a stop text, and takes the settings of completions', async () => {
    expect((await ask({ logit_bias: { [END]: 100 } })).choices[0]).toMatchObject({
      message: { content: '' },
      finish_reason: 'stop',
    });
    const whole = (await textOf()) ?? '';
    const stop = whole.slice(4, 6);
    expect(await textOf({ stop })).toBe(whole.slice(0, whole.indexOf(stop)));
    const [greedy] = await alone(PROMPT, { method: 'greedy' });
    expect(await textOf({ temperature: 0 })).toBe(written(greedy));
    const [shaped] = await alone(PROMPT, { seed: 7, topP: 0.5, temperature: 0.7 });
    expect(await textOf({ top_p: 0.5, temperature: 0.7 })).toBe(written(shaped));
  });

  it('returns log-probabilities in the format of chat completions', async () => {
    const { choices } = await ask({ logprobs: true, top_logprobs: 3, max_completion_tokens: 4 });
    const content = choices[0].logprobs?.content ?? [];
    expect(content).toHaveLength(4);
    for (const { logprob, top_logprobs, token, bytes } of content) {
      expect(logprob).toBeLessThan(0);
      expect(top_logprobs.length).toBeGreaterThanOrEqual(2); // some parts of characters look alike
      expect(top_logprobs.length).toBeLessThanOrEqual(3);
      const sorted = top_logprobs.map((top) => top.logprob).sort((a, b) => b - a);
      expect(top_logprobs.map((top) => top.logprob)).toEqual(sorted);
      if (!token.startsWith('0x')) expect(bytes).toEqual([...Buffer.from(token)]);
    }
    expect((await ask({ logprobs: true })).choices[0].logprobs?.content?.[0].top_logprobs).toEqual(
      [],
    );
  });

  it('hands tools and variables to the template, and not with tool_choice none', async () => {
    const tools = [{ type: 'function' as const, function: { name: 'weather' } }];
    const [tokens] = await alone(`<begin>user\ncall me<end>weather loud <begin>assistant\n`, {
      seed: 7,
    });
    const chat_template_kwargs = { loud: true };
    expect(await textOf({ tools, chat_template_kwargs })).toBe(written(tokens));
    expect(await textOf({ tools, tool_choice: 'none' })).toBe(await textOf());
  });
});

describe('a chat whose last message is of the assistant', () => {
  const conversation = [
    { role: 'user' as const, content: 'call me' },
    { role: 'assistant' as const, content: 'you are' },
  ];
  const begun = '<begin>user\ncall me<end><begin>assistant\nyou are';

  it('continues that message, and answers with only the new text', async () => {
    const [tokens] = await alone(begun, { seed: 7 });
    expect(await textOf({ messages: conversation })).toBe(written(tokens));
    const vllm = { continue_final_message: true, add_generation_prompt: false };
    expect(await textOf({ messages: conversation, ...vllm })).toBe(written(tokens));
  });

  it.each([
    [{ continue_final_message: false }, `${begun}<end><begin>assistant\n`],
    [{ add_generation_prompt: true }, `${begun}<end><begin>assistant\n`],
    [{ add_generation_prompt: false }, `${begun}<end>`],
  ])('begins a new message if the request says so: %j', async (fields, prompt) => {
    const [tokens] = await alone(prompt, { seed: 7 });
    expect(await textOf({ messages: conversation, ...fields })).toBe(written(tokens));
  });

  it('trims the end of the message if its template does', async () => {
    const chatTemplate = {
      source: '{% for m in messages %}{{ m.content | trim }}{% endfor %}',
      specialTokens: {},
    };
    const trimming = { ...chatWhales, chatTemplate };
    const other = await serveWhale(
      {},
      { domain: { ...trimming, allowSpecialTokens: () => trimming } as unknown as AnyDomain },
    );
    try {
      const messages = [conversation[0], { role: 'assistant' as const, content: 'you are \n' }];
      const { choices, usage } = await other.client.chat.completions.create({
        ...{ ...CALL, messages, max_completion_tokens: 1 },
      });
      expect([choices.length, usage?.prompt_tokens]).toEqual([1, 'call meyou are'.length]);
    } finally {
      await other.close();
    }
  });

  it.each([
    [
      { continue_final_message: true, add_generation_prompt: true, messages: conversation },
      'continue_final_message: expected false with "add_generation_prompt": true, got true',
    ],
    [
      { continue_final_message: true },
      'continue_final_message: expected false unless the last message is a text of the assistant, got true',
    ],
  ])('is refused if no message can be continued: %j', async (body, message) => {
    expect(await refusal(body)).toEqual([400, 'continue_final_message', null, message]);
  });
});

describe('fields that change no answer', () => {
  const ignoredOf = async (fields: Body): Promise<string | null> => {
    const response = await fetch(`${whale.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...CALL, max_tokens: 2, ...fields }),
    });
    expect(response.status).toBe(200);
    return response.headers.get('x-ramble-ignored');
  };

  it('are taken as clients send them, and named', async () => {
    const fields = {
      ...{ user: 'u', store: true, metadata: { a: 'b' }, service_tier: 'auto' },
      ...{ parallel_tool_calls: false, verbosity: 'medium', modalities: ['text'] },
      prediction: { type: 'content', content: 'call me' },
      stream_options: { include_usage: true, include_obfuscation: false },
    };
    expect(await ignoredOf({ ...fields, stream: true })).toBe(
      'user, store, metadata, service_tier, verbosity, prediction',
    );
  });

  it('include reasoning_effort, which a template may read', async () => {
    const [tokens] = await alone('<begin>user\ncall me<end>low<begin>assistant\n', { seed: 7 });
    expect(await textOf({ reasoning_effort: 'low' })).toBe(written(tokens));
    expect(await ignoredOf({ reasoning_effort: 'low' })).toBeNull();
    expect(await refusal({ reasoning_effort: 3 })).toEqual([
      400,
      'reasoning_effort',
      null,
      'reasoning_effort: expected a text such as "low", got 3',
    ]);
  });

  it.each([
    [{ verbosity: 'low' }, 'verbosity'],
    [{ web_search_options: {} }, 'web_search_options'],
    [{ stream: true, stream_options: { include_obfuscation: true } }, 'stream_options'],
  ])('are refused with a value that would: %j', async (fields, field) => {
    expect(await refusal(fields)).toEqual([400, field, null, expect.stringContaining(field)]);
  });
});

describe('a stream of a chat', () => {
  it('begins with the role, and ends with a reason, the usage and [DONE]', async () => {
    const response = await fetch(`${whale.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...CALL,
        max_tokens: 12,
        stream: true,
        stream_options: { include_usage: true },
      }),
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = (await response.text()).trim().split('\n\n');
    expect(events.at(-1)).toBe('data: [DONE]');
    const parts = events
      .slice(0, -1)
      .map((event) => JSON.parse(event.replace('data: ', '')) as OpenAI.ChatCompletionChunk);
    expect(new Set(parts.map(({ object }) => object))).toEqual(new Set(['chat.completion.chunk']));
    expect(parts[0].choices).toEqual([
      { index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null },
    ]);
    expect(parts.at(-2)?.choices).toEqual([
      { index: 0, delta: {}, logprobs: null, finish_reason: 'length' },
    ]);
    expect(parts.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 12 } });
    const text = parts.map(({ choices }) => choices.at(0)?.delta.content ?? '').join('');
    expect(text).toBe(await textOf());
  });

  it('has several outputs, each with its role, for OpenAI’s client', async () => {
    const stream = await whale.client.chat.completions.create({
      ...CALL,
      n: 3,
      max_completion_tokens: 6,
      stream: true,
    });
    const texts: string[] = [];
    const roles: number[] = [];
    for await (const { choices } of stream) {
      for (const { index, delta } of choices) {
        texts[index] = (texts[index] ?? '') + (delta.content ?? '');
        if (delta.role) roles.push(index);
      }
    }
    const { choices } = await ask({ n: 3, max_completion_tokens: 6 });
    expect(texts).toEqual(choices.map(({ message }) => message.content));
    expect(roles.sort()).toEqual([0, 1, 2]);
  });
});

describe('the AI SDK', () => {
  const sdk = () =>
    createOpenAICompatible({ name: 'ramble', baseURL: `${whale.url}/v1`, includeUsage: true })(
      'whale',
    );
  const given = { prompt: 'call me', seed: 7, maxOutputTokens: 12, maxRetries: 0 };

  it('gets an answer, whole and as a stream', async () => {
    const expected = await textOf();
    const { text, finishReason, usage } = await generateText({ ...given, model: sdk() });
    expect([text, finishReason]).toEqual([expected, 'length']);
    expect(usage.outputTokens).toBe(12);
    const stream = streamText({ ...given, model: sdk() });
    let streamed = '';
    for await (const part of stream.textStream) streamed += part;
    expect(streamed).toBe(expected);
    expect((await stream.usage).outputTokens).toBe(12);
  });

  it('sends whole conversations with a system prompt', async () => {
    const { text } = await generateText({
      model: sdk(),
      seed: 7,
      maxOutputTokens: 12,
      maxRetries: 0,
      system: 'be brief',
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'hello' },
        { role: 'user', content: [{ type: 'text', text: 'call me' }] },
      ],
    });
    const prompt =
      '<begin>system\nbe brief<end><begin>user\nhi<end><begin>assistant\nhello<end><begin>user\ncall me<end><begin>assistant\n';
    const [tokens] = await alone(prompt, { seed: 7 });
    expect(text).toBe(written(tokens));
  });
});

describe('a chat that cannot be', () => {
  it('is refused by a model without a template, with the available routes', async () => {
    const plain = await serveWhale();
    try {
      expect(await refusal({}, plain.url)).toEqual([
        400,
        'model',
        'no_chat_template',
        'model: expected one with a chat template, got whale, which has none; POST /v1/completions goes on from a prompt',
      ]);
    } finally {
      await plain.close();
    }
  });

  it('is refused if its template raises, loops or cannot use tools, and the server survives', async () => {
    expect(await refusal({ messages: [{ role: 'critic', content: 'no' }] })).toEqual([
      400,
      'messages',
      null,
      "messages: expected a conversation that the model's chat template takes, got its error: a role that nobody has",
    ]);
    expect(await refusal({ messages: [{ role: 'user', content: 'loop' }] })).toEqual([
      500,
      'messages',
      'chat_template_failed',
      // on a busy machine the clock ends it before the budget does
      expect.stringMatching(/^chat template: expected a text within (\d+ steps|3 s), got none/),
    ]);
    const deaf = { ...chatWhales, chatTemplate: { source: 'hi', specialTokens: {} } };
    const other = await serveWhale(
      {},
      {
        domain: { ...deaf, allowSpecialTokens: () => deaf } as unknown as AnyDomain,
      },
    );
    try {
      const tools = [{ type: 'function', function: { name: 'weather' } }];
      expect(await refusal({ tools }, other.url)).toEqual([
        400,
        'tools',
        null,
        'tools: expected none, as the chat template of the model has no place for them, got a list of 1',
      ]);
    } finally {
      await other.close();
    }
    expect(await textOf()).toEqual(expect.any(String));
  });

  const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,' } };
  it.each([
    [
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }, picture] }] },
      'messages',
      'messages: expected parts of the type text, which is all that the model reads, in message 1, got "image_url"',
    ],
    [
      { messages: [] },
      'messages',
      'messages: expected a list of at least one message with a role and a content, got a list of 0',
    ],
    [
      { prompt: 'hi' },
      'prompt',
      'prompt: expected nothing in a chat (/v1/completions takes it), got "hi"',
    ],
  ])('refuses a body that is not a chat of texts: %j', async (body, field, message) => {
    expect(await refusal(body)).toEqual([400, field, null, message]);
  });

  it('is refused if it is longer than the context', async () => {
    const messages = [{ role: 'user', content: 'a'.repeat(200) }];
    expect(await refusal({ messages })).toEqual([
      400,
      'messages',
      'context_length_exceeded',
      'messages: expected at most 160 tokens, which is the context, got 218',
    ]);
    messages[0].content = 'a'.repeat(100_000);
    expect(await refusal({ messages })).toEqual([
      400,
      'messages',
      'context_length_exceeded',
      'messages: expected at most 160 tokens, which is the context, got more than 1210',
    ]);
  });
});

describe('a page of another site', () => {
  it('may chat if its origin was named', async () => {
    const open = await serveWhale({ corsOrigins: ['https://page.example'] }, { domain });
    try {
      const headers = { origin: 'https://page.example', 'access-control-request-method': 'POST' };
      const response = await fetch(`${open.url}/v1/chat/completions`, {
        method: 'OPTIONS',
        headers,
      });
      expect(response.headers.get('access-control-allow-origin')).toBe('https://page.example');
    } finally {
      await open.close();
    }
  });
});
