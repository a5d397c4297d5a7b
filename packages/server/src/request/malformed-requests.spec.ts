import { isUtf8 } from 'node:buffer';

import fc from 'fast-check';

import { serveWhale, type Whale } from '../../test/serve-whale.js';

let whale: Whale;
beforeAll(async () => {
  whale = await serveWhale();
});
afterAll(() => whale.close());

/** Bodies as they are sent, and the field that is wrong in them. */
interface Malformed {
  readonly body: string | Uint8Array;
  readonly field: string;
}

const text = fc.string({ minLength: 1 });
const list = fc.array(fc.integer(), { minLength: 1 });
const object = fc.object({ maxKeys: 3 });
const nested = fc.integer({ min: 1, max: 90 }).map((depth) => {
  return { json: '['.repeat(depth) + ']'.repeat(depth) };
});
const huge = fc.constantFrom('1e400', '-1e400').map((json) => ({ json }));
const notInteger = fc
  .double({ noDefaultInfinity: true, noNaN: true })
  .filter((n) => !Number.isInteger(n));
const above = (max: number): fc.Arbitrary<number> => fc.integer({ min: max + 1 });
const below = (min: number): fc.Arbitrary<number> => fc.integer({ max: min - 1 });
const neverRight = [text, fc.boolean(), list, object, nested, huge];
const flag = [text, fc.integer(), list, object, nested];

/** Values that each field refuses; most fields add their own to `neverRight`. */
const WRONG: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  model: fc.oneof(
    fc.integer(),
    fc.boolean(),
    list,
    object,
    text.filter((id) => id !== 'whale'),
  ),
  prompt: fc.oneof(
    fc.integer(),
    fc.boolean(),
    object,
    nested.filter(({ json }) => json.length > 2),
    fc.constant([]),
    fc.constant([[]]),
    list.map((ids) => [...ids, 'a']),
    list.map((ids) => [...ids, -1]),
    notInteger.map((id) => [id]),
    fc.constant('A'),
  ),
  max_tokens: fc.oneof(...neverRight, notInteger, below(0)),
  temperature: fc.oneof(...neverRight, below(0), above(2), fc.constantFrom(1e-300, 5e-324)),
  top_p: fc.oneof(...neverRight, below(0), above(1)),
  n: fc.oneof(...neverRight, notInteger, below(1), above(80)),
  best_of: fc.oneof(...neverRight, notInteger, below(1), above(80)),
  logprobs: fc.oneof(...neverRight, notInteger, below(0), above(5)),
  seed: fc.oneof(...neverRight, notInteger, below(-1)),
  presence_penalty: fc.oneof(...neverRight, below(-2), above(2)),
  frequency_penalty: fc.oneof(...neverRight, below(-2), above(2)),
  stream: fc.oneof(...flag),
  echo: fc.oneof(...flag),
  suffix: fc.oneof(text, fc.integer(), list, object),
  stop: fc.oneof(fc.integer(), fc.boolean(), list, object, fc.constant(''), fc.constant(['a', ''])),
  logit_bias: fc.oneof(
    text,
    fc.integer(),
    list,
    fc.boolean(),
    fc.constantFrom({ a: 1 }, { 4: 'a' }, { 4: 101 }, { '-1': 1 }, { 33: 0 }, { 4: null }),
  ),
  stream_options: fc.oneof(text, fc.integer(), list, object),
  num_beams: fc.oneof(...neverRight, notInteger, below(1), above(16)),
  length_penalty: fc.oneof(...neverRight),
  early_stopping: fc.oneof(text, fc.integer(), list, object, fc.constant(true)),
  no_repeat_ngram_size: fc.oneof(...neverRight, notInteger, below(0)),
  ignore_eos: fc.oneof(...flag),
  n_predict: fc.oneof(...neverRight, notInteger, below(0)),
  repeat_last_n: fc.oneof(...neverRight, notInteger, below(-1)),
  repeat_penalty: fc.oneof(...neverRight, below(0), above(100)),
  response_format: fc.oneof(fc.integer(), fc.boolean(), list, object, text),
  mirostat: fc.oneof(text, list, object, above(0)),
  top_k: fc.oneof(...neverRight, notInteger, below(-1)),
  min_p: fc.oneof(...neverRight, below(0), above(1)),
  typical_p: fc.oneof(...neverRight, below(1), above(1)),
  repetition_penalty: fc.oneof(...neverRight, below(1), above(100), fc.constant(5e-324)),
  min_tokens: fc.oneof(...neverRight, notInteger, below(0), above(1)),
  method: fc.oneof(...neverRight, fc.constantFrom('', 'Greedy', 'beam')),
  top_h: fc.oneof(...neverRight, below(0), above(1), fc.constant(0)),
  epsilon_cutoff: fc.oneof(...neverRight, below(0), above(1), fc.constant(1)),
  eta_cutoff: fc.oneof(...neverRight, below(0), above(1), fc.constant(1)),
  stop_token_start: fc.oneof(...neverRight, notInteger, below(0), above(0)),
  stop_token_factor: fc.oneof(...neverRight, below(0), fc.constant(0)),
  slide_share: fc.oneof(...neverRight, below(0), above(1), fc.constantFrom(0, 1)),
  length_penalty_form: fc.oneof(...neverRight, fc.constant('gnmt')),
  renormalize_logits: fc.oneof(...flag, fc.constant(true)),
  forced_last_token: fc.oneof(...neverRight, notInteger, below(0), above(32)),
  allowed_tokens: fc.oneof(text, fc.boolean(), object, below(0), above(32)),
  suppressed_tokens: fc.oneof(text, fc.boolean(), object, below(0), above(32)),
  begin_suppressed_tokens: fc.oneof(text, fc.boolean(), object, below(0), above(32)),
  blocked_sequences: fc.oneof(
    text,
    fc.integer(),
    fc.boolean(),
    object,
    fc.constantFrom([4], [[33]], [[-1]], [[]], [['a']]),
  ),
  stop_token_ids: fc.oneof(
    text,
    below(0),
    above(32),
    fc.boolean(),
    object,
    fc.constantFrom([33], [-1], [0.5], ['a'], [[4]], [null]),
  ),
};

/** Wrong values; a field named `__proto__`, at any depth, has the whole body refused. */
const wrongValue = fc
  .constantFrom(...Object.keys(WRONG))
  .chain((field) => WRONG[field].map((value) => ({ field, body: bodyWith(field, value) })))
  .map(({ field, body }) => ({ field: body.includes('"__proto__":') ? 'body' : field, body }));
const unknownField = text
  .filter((name) => !(name in WRONG) && name !== '__proto__' && !name.includes(':'))
  .map((field) => ({ field, body: bodyWith(field, 1) }));
const notJson = fc
  .oneof(
    fc.string(),
    fc.constantFrom('{"temperature": NaN}', '{"prompt": "a"', "{'prompt': 'a'}", '{"n": -}'),
    fc.constantFrom('{"__proto__": {"n": 2}}', '{"stop": {"__proto__": 0}}'),
  )
  .filter((body) => body.includes('__proto__') || !isJson(body))
  .map((body) => ({ field: 'body', body }));
const notUtf8 = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((bytes) => Buffer.concat([Buffer.from('{"prompt": "a'), bytes, Buffer.from('"}')]))
  .filter((body) => !isUtf8(body))
  .map((body) => ({ field: 'body', body }));
const notObject = fc
  .oneof(text, fc.integer(), fc.boolean(), list, fc.constant(null))
  .map((value) => ({ field: 'body', body: JSON.stringify(value) }));
const tooLarge = fc
  .integer({ min: 2 ** 20, max: 2 ** 21 })
  .map((length) => ({ field: 'body', body: bodyWith('prompt', 'a'.repeat(length)) }));

const malformed: fc.Arbitrary<Malformed> = fc.oneof(
  { weight: 60, arbitrary: wrongValue },
  { weight: 10, arbitrary: unknownField },
  { weight: 15, arbitrary: notJson },
  { weight: 5, arbitrary: notUtf8 },
  { weight: 9, arbitrary: notObject },
  { weight: 1, arbitrary: tooLarge },
);

/** Returns a valid body with one field replaced; the value may be raw JSON. */
function bodyWith(field: string, value: unknown): string {
  const right = { model: 'whale', prompt: 'call me', max_tokens: 1 };
  const isRaw = typeof value === 'object' && value !== null && 'json' in value;
  const json = isRaw ? String(value.json) : JSON.stringify(value);
  const others = Object.entries(right).filter(([name]) => name !== field);
  const fields = others.map(([name, other]) => `${JSON.stringify(name)}:${JSON.stringify(other)}`);
  return `{${[...fields, `${JSON.stringify(field)}:${json}`].join(',')}}`;
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

describe('malformed requests', () => {
  it('are refused with the field that is wrong, and the server survives', async () => {
    const refuses = fc.asyncProperty(malformed, async ({ body, field }) => {
      const response = await fetch(`${whale.url}/v1/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const { error } = (await response.json()) as { error: { param: string; message: string } };
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect([error.param, error.message]).toEqual([field, expect.stringContaining(`${field}: `)]);
      expect(error.message.length).toBeLessThan(600);
    });
    await fc.assert(refuses, { numRuns: 300 });
    const { choices } = await whale.client.completions.create({ model: 'whale', prompt: 'call' });
    expect(choices).toHaveLength(1);
    expect(whale.log.filter((line) => !line.startsWith('completion'))).toEqual([]);
  });
});
