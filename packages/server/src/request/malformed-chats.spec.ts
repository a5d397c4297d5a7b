import fc from 'fast-check';

import { chatWhales } from '../../test/chat-app.js';
import { serveWhale, type Whale } from '../../test/serve-whale.js';

let whale: Whale;
beforeAll(async () => {
  whale = await serveWhale({}, { domain: chatWhales, contextLength: 160 });
});
afterAll(() => whale.close());

const text = fc.string({ minLength: 1 });
const list = fc.array(fc.integer(), { minLength: 1 });
const object = fc.object({ maxKeys: 3 });
const notText = fc.oneof(fc.integer(), fc.boolean(), list, object);
const nested = fc.integer({ min: 1, max: 90 }).map((depth) => {
  return { json: '['.repeat(depth) + ']'.repeat(depth) };
});
const HI = { role: 'user', content: 'hi' };
const TOOL = { type: 'function', function: { name: 'weather' } };
/** A chat with one wrong message, at a random position. */
const among = (wrong: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(fc.nat(3), wrong)
    .map(([before, message]) => [...new Array<object>(before).fill(HI), message, HI]);
const call = (wrong: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  wrong.map((tool_calls) => ({ role: 'assistant', content: null, tool_calls }));

/** Values that each field never takes. */
const WRONG: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  messages: fc.oneof(
    notText,
    text,
    nested,
    fc.constantFrom(null, [], {}),
    among(fc.oneof(notText, text, fc.constant(null))),
    among(fc.oneof(notText, fc.constantFrom(null, '', undefined)).map((role) => ({ ...HI, role }))),
    among(
      fc.oneof(fc.integer(), fc.boolean(), object, list).map((content) => ({ ...HI, content })),
    ),
    among(fc.constantFrom(null, undefined, []).map((content) => ({ ...HI, content }))),
    among(
      fc
        .constantFrom('image_url', 'input_audio', 'file', 'TEXT')
        .map((type) => ({ ...HI, content: [{ type: 'text', text: 'a' }, { type }] })),
    ),
    among(notText.map((part) => ({ ...HI, content: [{ type: 'text', text: part }] }))),
    among(notText.map((name) => ({ ...HI, name }))),
    among(notText.map((tool_call_id) => ({ ...HI, role: 'tool', tool_call_id }))),
    among(call(fc.oneof(text, fc.integer(), object, list, fc.constant([{ id: 'a' }])))),
    among(text.filter((name) => !(name in HI)).map((role) => ({ role: `${role}!`, content: 'a' }))),
    among(fc.constantFrom('tone', 'mood', 'Content').map((name) => ({ ...HI, [name]: 'a' }))),
    fc.constant([{ ...HI, content: 'A capital, which no whale has' }]),
    fc.constant([{ ...HI, content: 'a'.repeat(500) }]),
  ),
  tools: fc.oneof(
    text,
    fc.integer(),
    fc.boolean(),
    object,
    list,
    nested.filter(({ json }) => json.length > 2),
    fc.constantFrom(
      [TOOL, {}],
      [{ ...TOOL, type: 'search' }],
      [{ type: 'function', function: {} }],
    ),
  ),
  tool_choice: fc.oneof(text, fc.integer(), list, object, fc.constant('required')),
  parallel_tool_calls: fc.oneof(text, fc.integer(), list, object),
  documents: fc.oneof(text, fc.integer(), fc.boolean(), object, list),
  chat_template_kwargs: fc.oneof(text, fc.integer(), fc.boolean(), list),
  add_generation_prompt: fc.oneof(text, fc.integer(), list, object, nested),
  cache_prompt: fc.oneof(text, fc.integer(), list, object, nested),
  modalities: fc.oneof(text, fc.integer(), list, object, fc.constant(['text', 'audio'])),
  logprobs: fc.oneof(text, fc.integer(), list, object),
  top_logprobs: fc.oneof(
    text,
    list,
    object,
    fc.integer({ max: -1 }),
    fc.integer({ min: 21 }),
    fc.constant(3), // without logprobs
  ),
  prompt: fc.oneof(text, list, object),
  echo: fc.boolean(),
  best_of: fc.integer(),
  suffix: text,
  model: text.filter((id) => id !== 'whale'),
  temperature: fc.oneof(
    text,
    list,
    object,
    fc.double({ max: -0.001, noNaN: true, noDefaultInfinity: true }),
  ),
  max_completion_tokens: fc.oneof(text, list, object, fc.integer({ max: -1 })),
  n: fc.oneof(text, list, object, fc.integer({ max: 0 }), fc.integer({ min: 81 })),
  stop: fc.oneof(fc.integer(), fc.boolean(), list, object, fc.constant('')),
  stream: fc.oneof(text, fc.integer(), list, object, nested),
  stream_options: fc.oneof(text, fc.integer(), list, object),
  response_format: fc.constantFrom({ type: 'json_object' }, { type: 'json_schema' }),
  functions: fc.oneof(text, list),
  audio: object,
};

/** Returns a valid body with one field replaced; the value may be raw JSON. */
function bodyWith(field: string, value: unknown): string {
  const right = { model: 'whale', messages: [HI], max_tokens: 1 };
  const isRaw = typeof value === 'object' && value !== null && 'json' in value;
  const json = isRaw ? String(value.json) : JSON.stringify(value);
  const left = field === 'max_completion_tokens' ? [field, 'max_tokens'] : [field];
  const others = Object.entries(right).filter(([name]) => !left.includes(name));
  const fields = others.map(([name, other]) => `${JSON.stringify(name)}:${JSON.stringify(other)}`);
  return `{${[...fields, `${JSON.stringify(field)}:${json}`].join(',')}}`;
}

const wrongValue = fc
  .constantFrom(...Object.keys(WRONG))
  .chain((field) => WRONG[field].map((value) => ({ field, body: bodyWith(field, value) })))
  .map(({ field, body }) => ({ field: body.includes('"__proto__":') ? 'body' : field, body }));
const notObject = fc
  .oneof(text, fc.integer(), list, fc.constant(null))
  .map((value) => ({ field: 'body', body: JSON.stringify(value) }));
const noMessages = fc
  .constantFrom('{}', '{"model":"whale"}', '{"messages":[]}')
  .map((body) => ({ field: 'messages', body }));

const malformed = fc.oneof(
  { weight: 90, arbitrary: wrongValue },
  { weight: 5, arbitrary: notObject },
  { weight: 5, arbitrary: noMessages },
);

describe('malformed chat requests', () => {
  it('are refused with the field that is wrong, 1,000 of them, and the server survives', async () => {
    let count = 0;
    const refuses = fc.asyncProperty(malformed, async ({ body, field }) => {
      const response = await fetch(`${whale.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const { error } = (await response.json()) as { error: { param: string; message: string } };
      count++;
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect([error.param, error.message]).toEqual([field, expect.stringContaining(`${field}: `)]);
      expect(error.message.length).toBeLessThan(600);
    });
    await fc.assert(refuses, { numRuns: 1000 });
    expect(count).toBeGreaterThanOrEqual(1000);
    const { choices } = await whale.client.chat.completions.create({
      model: 'whale',
      messages: [{ role: 'user', content: 'hi' }],
    });
    expect(choices).toHaveLength(1);
    expect(whale.log.filter((line) => !line.startsWith('completion'))).toEqual([]);
  });
});
