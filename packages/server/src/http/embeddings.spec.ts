import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';

import { type AnyApp, embedPrompts } from '@ramble/core';
import { embed, embedMany } from 'ai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import fc from 'fast-check';

import { serveWhale, type Whale } from '../../test/serve-whale.js';
import { whaleApp, whaleDomain } from '../../test/whale-app.js';

const CONTEXT = 48;
const WIDTH = 12;

let whale: Whale;
beforeAll(async () => {
  whale = await serveWhale();
});
afterAll(() => whale.close());

type Body = Readonly<Record<string, unknown>>;

/** Vectors of texts, without a server. */
async function alone(texts: readonly string[], options = {}): Promise<number[][]> {
  const prompts = texts.map((text) => whaleDomain.encodePrompt(text));
  const vectors = await embedPrompts(whale.served.model, prompts, options);
  return vectors.map((vector) => Array.from(vector));
}

async function post(body: unknown, url = whale.url): Promise<{ status: number; json: Body }> {
  const response = await fetch(`${url}/v1/embeddings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Body };
}

async function refusal(body: unknown, url?: string): Promise<unknown> {
  const { status, json } = await post(body, url);
  const { param, message } = json.error as Body;
  return [status, param, message];
}

describe('embeddings', () => {
  it('are vectors of length 1 in the order of the texts, for OpenAI’s client', async () => {
    const input = ['call me', 'a', 'call me ishmael'];
    const { data, model, usage, object } = await whale.client.embeddings.create({
      model: 'whale',
      input,
    });
    const expected = await alone(input);
    expect(data).toEqual(
      expected.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    );
    expect(Math.hypot(...data[0].embedding)).toBeCloseTo(1, 5);
    const tokens = input.join('').length;
    expect([object, model]).toEqual(['list', 'whale']);
    expect(usage).toEqual({ prompt_tokens: tokens, total_tokens: tokens });
  });

  it('are numbers or base64 of 32-bit floats', async () => {
    const [expected] = await alone(['call me']);
    for (const format of [{}, { encoding_format: null }, { encoding_format: 'float' }]) {
      const { json } = await post({ input: 'call me', ...format });
      expect(json.data).toEqual([{ object: 'embedding', index: 0, embedding: expected }]);
    }
    const { json } = await post({ input: 'call me', encoding_format: 'base64' });
    const [{ embedding }] = json.data as { embedding: string }[];
    const { buffer } = Uint8Array.from(Buffer.from(embedding, 'base64'));
    expect(Array.from(new Float32Array(buffer))).toEqual(expected);
  });

  it('take token ids, dimensions and a pooling', async () => {
    const ids = Array.from(whaleDomain.encodePrompt('call me').tokens);
    const expected = await alone(['call me']);
    const embeddingsOf = async (body: Body): Promise<unknown[]> =>
      ((await post(body)).json.data as { embedding: unknown }[]).map(({ embedding }) => embedding);
    expect(await embeddingsOf({ input: ids })).toEqual(expected);
    expect(await embeddingsOf({ input: [ids, ids] })).toEqual([...expected, ...expected]);
    expect(await embeddingsOf({ input: 'call me', dimensions: 5 })).toEqual(
      await alone(['call me'], { dimensions: 5 }),
    );
    expect(await embeddingsOf({ input: 'call me', pooling: 'last' })).toEqual(
      await alone(['call me'], { pooling: 'last' }),
    );
  });

  it('are counted in the log and the metrics', async () => {
    const { length } = whale.log;
    await post({ input: 'call me' });
    while (whale.log.length === length) await setTimeout(5);
    expect(whale.log.at(-1)).toMatch(/^completion 200: 7 \+ 0 tokens in \d+\.\d\d s$/);
  });

  it('are what the AI SDK embeds with', async () => {
    const provider = createOpenAICompatible({ name: 'ramble', baseURL: `${whale.url}/v1` });
    const model = provider.embeddingModel('whale');
    const [first, second] = await alone(['call me', 'a']);
    expect((await embed({ model, value: 'call me' })).embedding).toEqual(first);
    expect((await embedMany({ model, values: ['call me', 'a'] })).embeddings).toEqual([
      first,
      second,
    ]);
  });
});

describe('embeddings of a domain', () => {
  const forced: AnyApp = {
    ...whaleApp,
    prompting: {
      settings: { begins: { kind: 'string', derived: 'none', description: 'Its beginning.' } },
      apply: (prompt, { begins = '' }: { begins?: string }) => `${begins}${String(prompt)}`,
    },
  };

  it('take the fields of its prompts', async () => {
    const other = await serveWhale({}, { app: forced });
    try {
      const { json } = await post({ input: 'me', begins: 'call ' }, other.url);
      const [embedding] = await alone(['call me']);
      expect(json.data).toEqual([{ object: 'embedding', index: 0, embedding }]);
    } finally {
      await other.close();
    }
  });
});

describe('a request for embeddings that cannot be', () => {
  it.each([
    [{}, 'input', 'input: expected a text, token ids, or a list of one of them, got nothing'],
    [
      { input: [] },
      'input',
      'input: expected a text, token ids, or a list of one of them, got a list of 0',
    ],
    [
      { input: ['a', 4] },
      'input',
      'input: expected a text, token ids, or a list of one of them, got a list of 2',
    ],
    [{ input: ['a', ''] }, 'input', 'input: expected texts, none of them empty, got ""'],
    [{ input: 'A' }, 'input', 'input: expected small letters and whales, got A'],
    [{ input: [[4], [99]] }, 'input', 'input: expected ids from 0 to 32, got 99'],
    [
      { input: 'a'.repeat(CONTEXT + 1) },
      'input',
      `input: expected at most ${CONTEXT} tokens, which is the context, got 49`,
    ],
    [
      { input: new Array(2049).fill('a') },
      'input',
      'input: expected at most 2048 texts, got a list of 2049',
    ],
    [
      { input: 'a', dimensions: 13 },
      'dimensions',
      `dimensions: expected an integer of at least 1 and at most ${WIDTH}, got 13`,
    ],
    [
      { input: 'a', encoding_format: 'hex' },
      'encoding_format',
      'encoding_format: expected float or base64, got "hex"',
    ],
    [{ input: 'a', pooling: 'max' }, 'pooling', 'pooling: expected mean or last, got "max"'],
    [{ input: 'a', temperature: 1 }, 'temperature', 'temperature: unknown field of embeddings'],
    ['text', 'body', 'body: expected a JSON object, got "text"'],
  ])('is refused: %j', async (body, param, message) => {
    expect(await refusal(body)).toEqual([400, param, message]);
  });

  it('is refused for another model', async () => {
    expect(await refusal({ input: 'a', model: 'shark' })).toEqual([
      404,
      'model',
      'model: expected whale, got shark',
    ]);
  });

  it('gets one clear error for any wrong field, and the server lives', async () => {
    const wrong = fc.oneof(
      fc.record({ input: fc.oneof(fc.integer(), fc.boolean(), fc.object(), fc.constant([[]])) }),
      fc.record({
        input: fc.constant('a'),
        dimensions: fc.oneof(
          fc.string(),
          fc.boolean(),
          fc.object(),
          fc.integer({ max: 0 }),
          fc.integer({ min: 13 }),
        ),
      }),
      fc.record({
        input: fc.constant('a'),
        encoding_format: fc.oneof(fc.integer(), fc.object(), fc.string()),
      }),
      fc.record({
        input: fc.constant('a'),
        pooling: fc.oneof(fc.integer(), fc.object(), fc.string()),
      }),
    );
    await fc.assert(
      fc.asyncProperty(wrong, async (body) => {
        const { status, json } = await post(body);
        expect([status, (json.error as Body).message]).toEqual([
          400,
          expect.stringMatching(/^\w+: expected /),
        ]);
      }),
      { seed: 48, numRuns: 200 },
    );
    expect((await post({ input: 'a' })).status).toBe(200);
  });
});

describe('a client that leaves', () => {
  it('is counted as 499', async () => {
    const json = JSON.stringify({ input: new Array(2000).fill('a'.repeat(CONTEXT)) });
    const socket = connect(Number(new URL(whale.url).port), '127.0.0.1');
    const headers = [
      `content-length: ${json.length}`,
      'content-type: application/json',
      'host: localhost',
    ];
    socket.write(['POST /v1/embeddings HTTP/1.1', ...headers, '', json].join('\r\n'));
    socket.on('error', () => undefined); // it is cut off
    await fetch(`${whale.url}/health`);
    socket.destroy();
    const metrics = (): Promise<string> =>
      fetch(`${whale.url}/metrics`).then((response) => response.text());
    while (!(await metrics()).includes('ramble_requests_total{status="499"} 1')) {
      await setTimeout(5);
    }
    expect(await metrics()).not.toMatch(/ramble_requests_total\{status="500"\}/);
  });

  it('is not answered after the time limit', async () => {
    const hasty = await serveWhale({ timeoutSeconds: 0.05 });
    try {
      const input = new Array(2000).fill('a'.repeat(CONTEXT));
      expect(await refusal({ input }, hasty.url)).toEqual([
        503,
        null,
        'request: expected to finish within 0.05 s, did not',
      ]);
    } finally {
      await hasty.close();
    }
  });
});
