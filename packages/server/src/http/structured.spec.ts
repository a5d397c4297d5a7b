import type { Domain } from '@ramble/core';
import { streamOutputFeature } from '@ramble/core/app';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, Output, streamText, tool } from 'ai';
import type { ChatCompletionTool } from 'openai/resources';

import { serveWhale, until, type Whale } from '../../test/serve-whale.js';
import { whaleApp } from '../../test/whale-app.js';

const END = 256;

/** Text, one token per byte; its template writes calls as Hermes and Qwen do. */
const bytesDomain: Domain<string, string, string> = {
  name: 'bytes',
  vocabulary: {
    size: END + 1,
    describe: (id) => `0x${id.toString(16)}`,
    bytes: (id) => (id === END ? undefined : Uint8Array.of(id)),
  },
  stopTokens: [END],
  encodeExample: () => ({ tokens: [0, 1], lossWeights: [1, 1] }),
  encodePrompt: (text) => ({ tokens: text === '' ? [END] : [...Buffer.from(text)] }),
  decodeOutput: (ids) => Buffer.from(ids.filter((id) => id !== END)).toString(),
  chatTemplate: {
    source: `{% for tool in tools or [] %}{{ tool.function.name }} {% endfor %}{% if tools %}Write <tool_call>
{"name": …, "arguments": …}
</tool_call>{% endif %}{% for message in messages %}{{ message.content }}{% endfor %}`,
    specialTokens: {},
  },
};

const app = {
  ...whaleApp,
  features: streamOutputFeature.with(() => {
    const decoder = new TextDecoder();
    return {
      push: (id) => (id === END ? '' : decoder.decode(Uint8Array.of(id), { stream: true })),
      end: () => decoder.decode(),
    };
  }),
};

let whale: Whale;
beforeAll(async () => {
  whale = await serveWhale({}, { app, domain: bytesDomain, contextLength: 400 });
});
afterAll(() => whale.close());

const model = 'whale';
const schema = {
  type: 'object',
  properties: { a: { type: 'integer', minimum: 0, maximum: 99 }, b: { enum: ['x', null] } },
  required: ['a', 'b'],
};
const json_schema = { name: 'pair', schema };
const isPair = (text: string): boolean => {
  const { a, b } = JSON.parse(text) as { a: number; b: string | null };
  return Number.isInteger(a) && a >= 0 && a <= 99 && (b === 'x' || b === null);
};
/** Fields that OpenAI's client calls deprecated. */
const SEED = { seed: 1, max_tokens: 300 };
const messages = [{ role: 'user' as const, content: 'Hi' }];
const tools: ChatCompletionTool[] = [
  { type: 'function', function: { name: 'pair', parameters: schema } },
  {
    type: 'function',
    function: {
      name: 'tree',
      parameters: {
        $defs: { leaf: { type: 'boolean' } },
        type: 'object',
        properties: { leaf: { $ref: '#/$defs/leaf' } },
        required: ['leaf'],
      },
    },
  },
];

async function complete(fields: object): Promise<readonly string[]> {
  const response = await fetch(`${whale.url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, prompt: 'Hi', max_tokens: 150, ...fields }),
  });
  const { choices, error } = (await response.json()) as {
    choices?: { text: string; finish_reason: string }[];
    error?: object;
  };
  if (!choices) throw new Error(JSON.stringify(error));
  expect(choices.map(({ finish_reason }) => finish_reason)).toEqual(choices.map(() => 'stop'));
  return choices.map(({ text }) => text);
}

describe('structured answers', () => {
  it.each([
    ['response_format', { response_format: { type: 'json_schema', json_schema } }],
    ['json_schema', { json_schema: schema }],
    ['guided_json', { guided_json: JSON.stringify(schema) }],
    ['structured_outputs', { structured_outputs: { json: schema } }],
    ['several outputs in one batch', { json_schema: schema, n: 3 }],
    ['beams', { json_schema: schema, num_beams: 3, n: 2 }],
    [
      'draft tokens',
      { json_schema: schema, prompt_lookup: 8, prompt: '{"a": 5, "b": null}{"a": ' },
    ],
    ['greedy sampling', { json_schema: schema, temperature: 0 }],
  ])('meet a JSON Schema: %s', async (_, fields) => {
    for (const seed of [1, 2, 3]) {
      const texts = await complete({ seed, ...fields });
      expect(texts.filter((text) => !isPair(text))).toEqual([]);
    }
  });

  it.each([
    [{ guided_regex: '(sea|whale) [a-c]{2}' }, /^(sea|whale) [a-c]{2}$/],
    [{ grammar: 'root ::= "a"+ "b" | root2\nroot2 ::= "É🐋"' }, /^(a+b|É🐋)$/],
    [{ guided_grammar: 'root ::= [x-z]{3}' }, /^[x-z]{3}$/],
    [{ structured_outputs: { regex: 'a|b' } }, /^[ab]$/],
    [{ structured_outputs: { grammar: 'root ::= "c"' } }, /^c$/],
    [{ structured_outputs: { choice: ['yes', 'no (.)'] } }, /^(yes|no \(\.\))$/],
    [{ guided_choice: ['yes', 'no'] }, /^(yes|no)$/],
  ])('are texts of %j', async (fields, pattern) => {
    const [text] = await complete({ ...fields, seed: 7 });
    expect(text).toMatch(pattern);
  });

  it('are objects with json_object', async () => {
    const response_format = { type: 'json_object' as const };
    const given = { model, messages, response_format, logit_bias: { 125: 60, 34: 20 } };
    const { choices } = await whale.client.chat.completions.create({ ...given, ...SEED });
    expect(typeof JSON.parse(choices[0].message.content ?? '')).toBe('object');
    expect(choices[0].finish_reason).toBe('stop');
  });

  it('are streamed', async () => {
    const response_format = { type: 'json_schema' as const, json_schema };
    const stream = await whale.client.chat.completions.create({
      ...{ model, messages, response_format, stream: true, ...SEED },
    });
    let text = '';
    for await (const { choices } of stream) text += choices[0].delta.content ?? '';
    expect(isPair(text)).toBe(true);
  });

  it('are refused with two constraints', async () => {
    await expect(complete({ json_schema: schema, guided_regex: 'a' })).rejects.toThrow(
      'guided_regex: expected nothing with json_schema',
    );
  });
});

describe('a required tool', () => {
  it.each(['required' as const, { type: 'function' as const, function: { name: 'tree' } }])(
    'is called with arguments of its schema: %j',
    async (tool_choice) => {
      for (const seed of [1, 2, 3, 4]) {
        const given = { model, messages, tools, tool_choice, seed, max_tokens: 200, parallel_tool_calls: false }; // prettier-ignore
        const whole = await whale.client.chat.completions.create(given);
        const [{ message, finish_reason }] = whole.choices;
        expect([message.content, finish_reason]).toEqual([null, 'tool_calls']);
        const call = message.tool_calls?.at(0);
        if (call?.type !== 'function') throw new Error('expected a call');
        const { name, arguments: json } = call.function;
        if (name === 'pair') expect(isPair(json)).toBe(true);
        else expect(JSON.parse(json)).toEqual({ leaf: expect.any(Boolean) as boolean });
        if (tool_choice !== 'required') expect(name).toBe('tree');

        const deltas = [];
        for await (const { choices } of await whale.client.chat.completions.create({
          ...given,
          stream: true,
        })) {
          deltas.push(choices[0]);
        }
        const calls = deltas.flatMap(({ delta }) => delta.tool_calls ?? []);
        expect(calls.map((each) => each.function)).toEqual([{ name, arguments: json }]);
        expect(deltas.map(({ delta }) => delta.content ?? '').join('')).toBe('');
        expect(deltas.at(-1)?.finish_reason).toBe('tool_calls');
      }
    },
  );

  it('may be called several times in an answer, and a named tool once', async () => {
    const counts = new Set<number>();
    const logit_bias = { [END]: -100, 10: 20 }; // rather a line break and another call than the end
    for (const tool_choice of [
      'required' as const,
      { type: 'function' as const, function: { name: 'tree' } },
    ]) {
      const given = { model, messages, tools: [tools[1]], tool_choice, logit_bias, ...SEED };
      const { choices } = await whale.client.chat.completions.create(given);
      const calls = choices[0].message.tool_calls ?? [];
      for (const call of calls) {
        if (call.type !== 'function') throw new Error('expected a function');
        expect(JSON.parse(call.function.arguments)).toEqual({
          leaf: expect.any(Boolean) as boolean,
        });
      }
      counts.add(calls.length);
      let streamed = 0;
      for await (const part of await whale.client.chat.completions.create({
        ...given,
        stream: true,
      })) {
        streamed += part.choices[0].delta.tool_calls?.length ?? 0;
      }
      expect(streamed).toBe(calls.length);
    }
    expect([...counts]).toEqual([expect.any(Number), 1]);
    expect(Math.max(...counts)).toBeGreaterThan(1);
  });

  it.each([
    [{ tool_choice: 'required' }, 'tool_choice: expected tools that it can choose from'],
    [{ tool_choice: { function: { name: 'x' } }, tools }, 'tool_choice: expected tools that it'],
    [{ tool_choice: 'any', tools }, 'tool_choice: expected "auto", "none", "required" or'],
    [{ tool_choice: 'required', tools, json_schema: schema }, 'json_schema: expected nothing with'],
    [
      { tool_choice: 'required', tools: [{ type: 'function', function: { name: 'x', parameters: { not: {} } } }] }, // prettier-ignore
      'tools: schema #/$defs/tool 0: expected supported keywords',
    ],
  ])('is refused: %j', async (fields, message) => {
    const response = await fetch(`${whale.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages, ...fields }),
    });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toContain(message);
  });
});

describe('an answer with calls of tools', () => {
  const call = (field: string, x: number): string => `{"name": "tree", "${field}": {"x": ${x}}}`;
  const one = call('arguments', 1);
  const two = call('arguments', 2);

  it.each([
    [
      'Hermes',
      '<tool_call>',
      `<tool_call>\n${one}\n</tool_call>\n<tool_call>\n${two}\n</tool_call>`,
    ],
    ['Mistral', '[TOOL_CALLS]', `[TOOL_CALLS][${one}, ${two}]`],
    ['Llama', '"parameters"', `${call('parameters', 1)}; ${call('parameters', 2)}`],
  ])('has all of them, and the text before them, in the form of %s', async (_, mark, written) => {
    const source = `{{ tools }} ${mark}{% for message in messages %}{{ message.content }}{% endfor %}`;
    const domain = { ...bytesDomain, chatTemplate: { source, specialTokens: {} } };
    const other = await serveWhale({}, { app, domain, contextLength: 1000 });
    try {
      const create = other.client.chat.completions.create.bind(other.client.chat.completions);
      for (const [parallel_tool_calls, xs] of [
        [true, [1, 2]],
        [false, [1]],
      ] as const) {
        // The grammar has one text, which stands for the answer of a model.
        const grammar = `root ::= ${JSON.stringify(`I look: [1] {it}. ${written}`)}`;
        const given = { model, messages, tools, parallel_tool_calls, grammar, max_tokens: 300 };
        const { choices } = await create(given);
        const { content, tool_calls } = choices[0].message;
        expect([content, choices[0].finish_reason]).toEqual(['I look: [1] {it}.', 'tool_calls']);
        const expected = xs.map((x) => ({ name: 'tree', arguments: JSON.stringify({ x }) }));
        expect(tool_calls?.map((each) => each.type === 'function' && each.function)).toEqual(
          expected,
        );
        let text = '';
        const ends: unknown[] = [];
        const streamed = new Map<number, unknown>();
        for await (const part of await create({ ...given, stream: true })) {
          const [{ delta, finish_reason }] = part.choices;
          text += delta.content ?? '';
          for (const { index, function: called } of delta.tool_calls ?? []) {
            streamed.set(index, called);
          }
          if (finish_reason !== null) ends.push(finish_reason);
        }
        expect([text.trim(), ...ends]).toEqual(['I look: [1] {it}.', 'tool_calls']);
        expect([...streamed]).toEqual([...expected.entries()]);
      }
    } finally {
      await other.close();
    }
  });
});

describe('the AI SDK', () => {
  const sdk = () =>
    createOpenAICompatible({
      ...{ name: 'ramble', baseURL: `${whale.url}/v1`, supportsStructuredOutputs: true },
    })('whale');
  const given = { prompt: 'Hi', maxOutputTokens: 300, maxRetries: 0 };
  interface Pair {
    readonly a: number;
    readonly b: string | null;
  }
  const pairSchema = jsonSchema<Pair>(schema as Parameters<typeof jsonSchema>[0]);

  it('gets objects that meet a schema, whole and as a stream', async () => {
    const output = Output.object({ schema: pairSchema });
    const whole = await generateText({ ...given, model: sdk(), seed: 1, output });
    expect(isPair(JSON.stringify(whole.output))).toBe(true);
    const stream = streamText({ ...given, model: sdk(), seed: 1, output });
    let last: unknown;
    for await (const part of stream.partialOutputStream) last = part;
    expect(last).toEqual(whole.output);
  });

  it('calls tools with arguments of their schemas', async () => {
    const called: Pair[] = [];
    const pair = tool({
      inputSchema: pairSchema,
      execute: (input: Pair) => {
        called.push(input);
        return 'done';
      },
    });
    const options = { ...given, model: sdk(), seed: 2, tools: { pair }, toolChoice: 'required' as const }; // prettier-ignore
    const { toolCalls, finishReason } = await generateText(options);
    expect(finishReason).toBe('tool-calls');
    expect(called.length).toBe(toolCalls.length);
    const stream = streamText(options);
    expect((await stream.toolCalls).map(({ input }) => input)).toEqual(
      toolCalls.map(({ input }) => input),
    );
    expect(called.filter((each) => !isPair(JSON.stringify(each)))).toEqual([]);
    expect(called.length).toBe(2 * toolCalls.length);
  });

  it('aborts an answer, and the server answers others', async () => {
    const endless = jsonSchema({ type: 'array', minItems: 300, items: { type: 'integer' } });
    const controller = new AbortController();
    const stream = streamText({
      ...{ ...given, model: sdk(), seed: 3, output: Output.object({ schema: endless }) },
      abortSignal: controller.signal,
      onError: () => undefined,
    });
    const kinds: string[] = [];
    for await (const { type } of stream.fullStream) {
      kinds.push(type);
      if (type === 'text-delta') controller.abort();
    }
    expect(kinds.at(-1)).toBe('abort');
    await until(whale.url, 'ramble_requests_total{status="499"}', 1);
    await until(whale.url, 'ramble_sequences_running', 0);
    expect(await complete({ json_schema: { const: 1 } })).toEqual(['1']);
  });
});
