import '@tensorflow/tfjs-backend-cpu';
import {
  createModel,
  generate,
  type GenerateOptions,
  type Grammar,
  type Model,
  randomAt,
  type TokenPrompt,
} from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Tokenizer, trainBpe } from '@ramble/tokenizers';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';

import { type ConstrainedDomain, type ConstraintSource, createConstraint } from '../constraints.js';

/** Texts whose pairs of bytes become tokens, with ends of strings and beginnings of members among them. */
const TEXT = '{"a": 1, "bb": [true, null, -2.5], "c": {"b": "aa"}}\n{\n  "b":"ab",\n "a":"É🐋"}abba12-02-29T'.repeat(3); // prettier-ignore

let tokenizer: Tokenizer;
let domain: ConstrainedDomain;
let model: Model;
let prompt: TokenPrompt;
/** Makes tokens that may end texts more likely, because few random tokens end a text. */
let logitBias: GenerateOptions['logitBias'];
beforeAll(async () => {
  tokenizer = await trainBpe(TEXT, { vocabSize: 340 });
  const { vocabSize: size, endOfText } = tokenizer;
  const ids = Array.from({ length: size }, (_, id) => id);
  const ends = ids.filter((id) => /^[\]}"\s\d]|^<\|/.test(tokenizer.decode([id])));
  logitBias = ends.map((id) => ({ tokens: [id], bias: id === endOfText ? 4 : 2.5 }));
  domain = {
    vocabulary: { size, describe: (id) => tokenizer.describe(id), bytes: (id) => tokenizer.bytes(id) }, // prettier-ignore
    stopTokens: [endOfText],
  };
  await tf.setBackend('cpu');
  const shape = { vocabSize: size, contextLength: 256, nLayer: 1, nHead: 2, nEmbd: 8 };
  model = createModel(shape, { seed: 3 });
  prompt = { tokens: tokenizer.encode('{"a": 12, "b": null}{"a": 12, "b": null}{') };
});
afterAll(() => model.dispose());

/** Settings of outputs, with every way to choose tokens. */
const METHODS: readonly GenerateOptions[] = [
  { count: 3, temperature: 1 },
  { count: 2, temperature: 1.5, topP: 0.98 },
  { temperature: 0.8, promptLookup: 5 },
  { count: 3, topK: 40 },
  { method: 'greedy', numBeams: 3, nBest: 2 },
];

/** Writes outputs of a small random model; those that do not end are `undefined`. */
async function outputsOf(
  constraint: Grammar<unknown>,
  seed: number,
  maxNewTokens: number,
): Promise<(string | undefined)[]> {
  const outputs: number[][] = [];
  const reasons: string[] = [];
  const { stopTokens } = domain;
  const options = { ...METHODS[seed % METHODS.length], ...{ stopTokens, logitBias, constraint } };
  for await (const event of generate(model, prompt, { ...options, seed, maxNewTokens })) {
    if (event.kind === 'token') (outputs[event.sequence] ??= []).push(event.token);
    if (event.kind === 'end') reasons[event.sequence] = event.reason;
  }
  return reasons.map((reason, at) => {
    const text = tokenizer.decode(outputs[at] ?? []);
    if (reason === 'nothing') throw new Error(`nothing may follow ${text}`);
    return reason === 'stop' ? text : undefined;
  });
}

/** Compares masks along an output with the definition: a token is allowed if its bytes may come. */
function checkMasks(constraint: Grammar<unknown>, seed: number, states: number): void {
  let state = constraint.start({ tokens: [0] });
  for (let step = 0; step < states; step++) {
    const allowed = [...constraint.allowed(state)];
    const isOpen = (id: number): boolean => {
      const next = constraint.advance(state, id);
      return constraint.mustEnd(next) ? isComplete(next) : true;
    };
    const isComplete = (at: unknown): boolean =>
      [...constraint.allowed(at)].includes(tokenizer.endOfText);
    const expected = Array.from({ length: tokenizer.vocabSize }, (_, id) => id).filter((id) =>
      id === tokenizer.endOfText ? isComplete(state) : isOpen(id),
    );
    expect(allowed.filter((id) => id !== tokenizer.endOfText)).toEqual(
      expected.filter((id) => id !== tokenizer.endOfText),
    );
    const others = allowed.filter((id) => id !== tokenizer.endOfText);
    if (others.length === 0) return;
    const random = randomAt({ seed, purpose: 'sample', step });
    state = constraint.advance(state, others[Math.floor(random.uniform(0) * others.length)]);
  }
}

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const short = fc.string({
  maxLength: 3,
  unit: fc.constantFrom('a', 'b', '"', '\\', '/', 'É', '漢', '🐋', '\n', '\0', '\x7f', '\u2028'),
});
const NAMES = ['a', 'b', 'bb', 'ab', 'a"b', 'É', '', '🐋\\', 'a/b'];
const names = fc.constantFrom(...NAMES);
const ATOMS = [
  ...['a', 'b', 'É', '🐋', '[ab]', '[^a]', '.'],
  ...[String.raw`[^a-c"\\]`, String.raw`\d`, String.raw`\W`, String.raw`\p{Lu}`],
  ...[String.raw`\u{1F40B}`, String.raw`\x41`, String.raw`\.`, String.raw`[\w"-]`],
];
const QUANTIFIERS = ['*', '+', '?', '{2}', '{0,2}', '{1,}', '*?', '{0}'];
const { regex } = fc.letrec<{ regex: string }>((tie) => ({
  regex: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...ATOMS),
    fc
      .tuple(tie('regex'), fc.constantFrom(...QUANTIFIERS))
      .map(([part, sign]) => `(?:${part})${sign}`),
    fc.array(tie('regex'), { maxLength: 3 }).map((parts) => parts.join('')),
    fc.array(tie('regex'), { minLength: 1, maxLength: 3 }).map((parts) => `(${parts.join('|')})`),
    fc.constant('(a*)*'),
    fc.constant('(a|ab)(b|bb)'),
  ),
}));

/** A random schema, with supported keywords only. */
const { schema } = fc.letrec<{ schema: object; leaf: object; object: object; array: object }>(
  (tie) => ({
    leaf: fc.oneof(
      fc.record({ type: fc.constantFrom('boolean', 'null', 'integer', 'number', 'string') }),
      fc.record({ type: fc.constant(['string', 'integer', 'null']) }),
      fc.record(
        {
          type: fc.constantFrom(['string', 'integer'], ['number', 'array'], ['object', 'string']),
          minLength: fc.nat({ max: 2 }),
          maximum: fc.integer({ min: -5, max: 200 }),
          maxItems: fc.nat({ max: 2 }),
          required: fc.subarray(['a', '漢']),
        },
        { requiredKeys: [] },
      ),
      fc
        .tuple(regex, fc.constantFrom('', '^'), fc.constantFrom('', '$'))
        .map(([source, begin, end]) => ({ pattern: `${begin}(?:${source})${end}` })),
      fc
        .tuple(fc.integer({ min: -130, max: 130 }), fc.nat({ max: 1200 }))
        .map(([minimum, more]) => ({ type: 'integer', minimum, maximum: minimum + more })),
      fc
        .tuple(
          fc.double({ min: -20, max: 20, noNaN: true }),
          fc.double({ min: 0.01, max: 120, noNaN: true }),
          fc.constantFrom('minimum', 'exclusiveMinimum'),
          fc.constantFrom('maximum', 'exclusiveMaximum'),
        )
        .map(([low, more, min, max]) => ({
          type: 'number',
          [min]: Number(low.toFixed(2)),
          [max]: Number((low + more + 0.01).toFixed(2)),
        })),
      fc.record({ exclusiveMinimum: fc.integer({ min: -3, max: 3 }) }),
      fc.record({ type: fc.constant('integer'), maximum: fc.integer({ min: -3000, max: 30 }) }),
      fc
        .tuple(fc.nat({ max: 3 }), fc.nat({ max: 4 }))
        .map(([minLength, more]) => ({ type: 'string', minLength, maxLength: minLength + more })),
      fc.record({
        pattern: fc.constantFrom(
          '^[a-c]{2,4}$',
          'b+',
          '^(a|"x")',
          '\\d{2}-',
          '^[^a]*$',
          '^\\p{L}.$',
        ),
      }),
      fc.record({
        type: fc.constant('string'),
        format: fc.constantFrom(
          'date',
          'time',
          'date-time',
          'uuid',
          'email',
          'ipv4',
          'ipv6',
          'hostname',
          'uri',
          'duration',
        ),
      }),
      fc.record({ const: fc.oneof(short, fc.integer(), fc.constant({ a: [1, { b: null }] })) }),
      fc
        .array(fc.oneof(short, fc.integer(), fc.jsonValue({ maxDepth: 2 })), {
          minLength: 1,
          maxLength: 20,
        })
        .map((values) => ({ enum: values })),
      fc.constant({}),
    ),
    array: fc.oneof(
      fc
        .tuple(tie('schema'), fc.nat({ max: 2 }), fc.nat({ max: 2 }))
        .map(([items, minItems, more]) => ({
          type: 'array',
          items,
          minItems,
          maxItems: minItems + more,
        })),
      fc
        .tuple(
          tie('schema'),
          tie('schema'),
          fc.oneof(tie('schema'), fc.constant(false)),
          fc.nat({ max: 2 }),
        )
        .map(([one, two, items, minItems]) => ({
          type: 'array',
          prefixItems: [one, two],
          items,
          minItems,
        })),
    ),
    object: fc
      .tuple(
        fc.uniqueArray(fc.tuple(names, tie('schema')), {
          maxLength: 4,
          selector: ([name]) => name,
        }),
        fc.subarray(NAMES, { maxLength: 4 }),
        fc.option(fc.oneof(fc.boolean(), tie('schema')), { nil: undefined }),
      )
      .map(([properties, required, additionalProperties]) => {
        const isClosed = additionalProperties === undefined || additionalProperties === false;
        return {
          type: 'object',
          properties: Object.fromEntries(properties),
          required: isClosed
            ? required.filter((name) => properties.some(([own]) => own === name))
            : required,
          ...(additionalProperties !== undefined && { additionalProperties }),
        };
      }),
    schema: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      tie('leaf'),
      tie('object'),
      tie('array'),
      fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
      fc.tuple(tie('object'), tie('object')).map(([one, two]) => ({ allOf: [one, two] })),
      fc.constant({
        oneOf: [
          { type: 'string' },
          { type: 'object', properties: { a: { const: 1 } }, required: ['a'] },
          { type: 'object', properties: { a: { const: 'b' } }, required: ['a'] },
        ],
      }),
      fc
        .tuple(tie('object'), fc.subarray(NAMES, { minLength: 1, maxLength: 3 }))
        .map(([each, some]) => ({ ...each, anyOf: some.map((name) => ({ required: [name] })) })),
      fc.constantFrom<object>(
        ...[{ $ref: '#/$defs/tree' }, { $ref: '#/$defs/a~1b', description: 'a list' }],
        { allOf: [{ $ref: '#/$defs/tree' }], properties: { a: { maximum: 9 } } },
      ),
    ),
  }),
);
const $defs = {
  tree: {
    type: 'object',
    properties: { a: { type: 'integer' }, b: { type: 'array', items: { $ref: '#/$defs/tree' } } },
    required: ['b'],
    additionalProperties: false,
  },
  'a/b': { anyOf: [{ type: 'null' }, { $ref: '#/$defs/link' }] },
  link: {
    type: 'object',
    properties: { '🐋': { enum: ['"', '\\', 'É'] }, next: { $ref: '#/$defs/a~1b' } },
    required: ['next'],
  },
};

const runs = (count: number): number =>
  process.env.RAMBLE_PROPERTY_SEED === undefined ? Math.ceil(count / 10) : count;

describe('a JSON Schema', () => {
  it('accepts every finished output, with and without white space', async () => {
    let finished = 0;
    let count = 0;
    await fc.assert(
      fc.asyncProperty(schema, seeds, fc.boolean(), async (given, seed, isCompact) => {
        const whole = { ...given, $defs };
        let constraint;
        try {
          constraint = createConstraint(domain, { jsonSchema: whole, isCompact });
        } catch (error) {
          // Two random objects may have no common value, or keywords that cannot be joined.
          expect(String(error)).toMatch(
            /none meets|allOf|must both be met|nothing but a type|alone, got/,
          );
          return;
        }
        const ajv = new Ajv2020({ strict: false, validateFormats: true });
        addFormats.default(ajv);
        const validate = ajv.compile(whole);
        for (const text of await outputsOf(constraint, seed, 200)) {
          count++;
          if (text === undefined) continue;
          finished++;
          const value: unknown = JSON.parse(text);
          if (!validate(value)) throw new Error(`${text}: ${ajv.errorsText(validate.errors)}`);
          if (isCompact) expect(text.replace(/"(?:[^"\\]|\\.)*"/g, '')).not.toMatch(/\s/);
        }
      }),
      { numRuns: runs(500) },
    );
    expect(finished / count).toBeGreaterThan(0.5);
  });

  it('allows the tokens whose bytes may come', () => {
    fc.assert(
      fc.property(schema, seeds, (given, seed) => {
        let constraint;
        try {
          constraint = createConstraint(domain, { jsonSchema: { ...given, $defs } });
        } catch {
          return;
        }
        checkMasks(constraint, seed, 12);
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('a regular expression', () => {
  it('matches every finished output as a whole', async () => {
    let finished = 0;
    await fc.assert(
      fc.asyncProperty(regex, seeds, async (source, seed) => {
        const constraint = createConstraint(domain, { regex: source });
        for (const text of await outputsOf(constraint, seed, 60)) {
          if (text === undefined) continue;
          finished++;
          expect(text).toMatch(new RegExp(`^(?:${source})$`, 'u'));
        }
        checkMasks(constraint, seed, 5);
      }),
      { numRuns: runs(200) },
    );
    expect(finished).toBeGreaterThan(runs(200) / 2);
  });

  it('allows the texts that it matches', () => {
    fc.assert(
      fc.property(
        regex,
        fc.string({ unit: fc.constantFrom('a', 'b', 'É', '🐋', 'A', '.', '1'), maxLength: 5 }),
        (source, text) => {
          const isMatch = new RegExp(`^(?:${source})$`, 'u').test(text);
          expect(accepts({ regex: source }, text)).toBe(isMatch);
        },
      ),
      { numRuns: runs(1000) },
    );
  });
});

/** Whether a text is complete for a constraint, in its usual tokens and byte by byte. */
function accepts(source: ConstraintSource, text: string): boolean {
  const constraint = createConstraint(domain, source);
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => {
    const id = Array.from({ length: tokenizer.vocabSize }, (_, each) => each).find((each) => {
      const own = tokenizer.bytes(each);
      return own?.length === 1 && own[0] === byte;
    });
    return id!;
  });
  const [whole, single] = [[...tokenizer.encode(text)], bytes].map((ids) => {
    let state = constraint.start({ tokens: [0] });
    for (const id of ids) {
      if (![...constraint.allowed(state)].includes(id)) return false;
      state = constraint.advance(state, id);
    }
    return [...constraint.allowed(state)].includes(tokenizer.endOfText);
  });
  expect(whole).toBe(single);
  return whole;
}

/** A part of a random grammar, which a plain search matches. */
type Piece =
  | { readonly text: string }
  | { readonly rule: number }
  | { readonly all: readonly Piece[] }
  | { readonly any: readonly Piece[] }
  | { readonly body: Piece; readonly sign: '*' | '+' | '?' | '{2}' };

const { piece } = fc.letrec<{ piece: Piece }>((tie) => ({
  piece: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('a', 'b', 'É"', '\\', '{').map((text) => ({ text })),
    fc.nat({ max: 2 }).map((rule) => ({ rule })),
    fc.array(tie('piece'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('piece'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    fc.record({
      body: tie('piece'),
      sign: fc.constantFrom('*' as const, '+' as const, '?' as const, '{2}' as const),
    }),
  ),
}));

function written(given: Piece): string {
  if ('text' in given) return JSON.stringify(given.text);
  if ('rule' in given) return ['root', 'one', 'two-2'][given.rule];
  if ('all' in given) return `(${given.all.map(written).join(' ')})`;
  if ('any' in given) return `(${given.any.map(written).join(' | ')})`;
  return `${written(given.body)}${given.sign}`;
}

/** The ends of a piece that begins at an index of a text. */
function endsOf(
  given: Piece,
  at: number,
  text: string,
  rules: readonly Piece[],
  open: ReadonlySet<string> = new Set(),
): Set<number> {
  if ('text' in given)
    return new Set(text.startsWith(given.text, at) ? [at + given.text.length] : []);
  if ('rule' in given) {
    const key = `${given.rule} ${at}`;
    return open.has(key)
      ? new Set()
      : endsOf(rules[given.rule], at, text, rules, new Set([...open, key]));
  }
  const follow = (starts: ReadonlySet<number>, each: Piece): Set<number> =>
    new Set([...starts].flatMap((start) => [...endsOf(each, start, text, rules, open)]));
  if ('all' in given) return given.all.reduce<Set<number>>(follow, new Set([at]));
  if ('any' in given)
    return new Set(given.any.flatMap((each) => [...endsOf(each, at, text, rules, open)]));
  const once = follow(new Set([at]), given.body);
  if (given.sign === '?') return new Set([at, ...once]);
  if (given.sign === '{2}') return follow(once, given.body);
  const found = given.sign === '*' ? new Set([at, ...once]) : once;
  for (const end of found)
    for (const next of endsOf(given.body, end, text, rules, open)) found.add(next);
  return found;
}

describe('a grammar', () => {
  const grammars = fc.tuple(piece, piece, piece).map((rules) => ({
    rules,
    grammar: rules
      .map((each, at) => `${['root', 'one', 'two-2'][at]} ::= ${written(each)}`)
      .join('\n'),
  }));
  const compiled = (grammar: string): Grammar<unknown> | undefined => {
    try {
      return createConstraint(domain, { grammar });
    } catch (error) {
      expect(String(error)).toMatch(/none meets|refer to themselves/);
      return undefined;
    }
  };

  it('derives every finished output, which a plain search finds too', async () => {
    let finished = 0;
    await fc.assert(
      fc.asyncProperty(grammars, seeds, async ({ rules, grammar }, seed) => {
        const constraint = compiled(grammar);
        fc.pre(constraint !== undefined);
        checkMasks(constraint, seed, 5);
        for (const text of await outputsOf(constraint, seed, 30)) {
          if (text === undefined) continue;
          finished++;
          expect([...endsOf({ rule: 0 }, 0, text, rules)]).toContain(text.length);
        }
      }),
      { numRuns: runs(200) },
    );
    expect(finished).toBeGreaterThan(runs(50));
  });

  it('allows the texts that a plain search finds', () => {
    fc.assert(
      fc.property(
        grammars,
        fc.string({ unit: fc.constantFrom('a', 'b', 'É"', '\\', '{'), maxLength: 5 }),
        ({ rules, grammar }, text) => {
          fc.pre(compiled(grammar) !== undefined);
          const isFound = endsOf({ rule: 0 }, 0, text, rules).has(text.length);
          expect(accepts({ grammar }, text)).toBe(isFound);
        },
      ),
      { numRuns: runs(1000) },
    );
  });
});

describe('outputs of a model', () => {
  const jsonSchema = {
    type: 'object',
    properties: {
      a: { type: 'integer', minimum: -3, maximum: 120 },
      b: { enum: ['ab', null, true] },
    },
    required: ['a', 'b'],
  };
  /** Allows no token with the letter t; otherwise any. */
  const withoutT: Grammar<unknown> = {
    start: () => 0,
    advance: (count) => Number(count) + 1,
    allowed: () =>
      Array.from({ length: domain.vocabulary.size }, (_, id) => id).filter(
        (id) => id === tokenizer.endOfText || !tokenizer.decode([id]).includes('t'),
      ),
    mustEnd: () => false,
  };

  it.each<[string, GenerateOptions]>([
    ['sampled in a batch', { count: 5, temperature: 1.5 }],
    ['greedy', { method: 'greedy' }],
    ['with beams', { method: 'greedy', numBeams: 4, nBest: 3 }],
    ['with draft tokens', { promptLookup: 6, temperature: 1 }],
    ['with a grammar of the domain', { count: 5, temperature: 1.5, grammar: withoutT }],
  ])('meet a constraint: %s', async (_, options) => {
    const given = options.grammar && { grammar: withoutT };
    const constraint = createConstraint(domain, { jsonSchema, isCompact: true });
    const outputs: number[][] = [];
    const ends: string[] = [];
    const { stopTokens } = domain;
    for await (const event of generate(model, prompt, {
      ...{ maxNewTokens: 60, seed: 2, stopTokens, constraint, ...options, ...given },
    })) {
      if (event.kind === 'token') (outputs[event.sequence] ??= []).push(event.token);
      if (event.kind === 'end') ends.push(event.reason);
    }
    expect(ends).toEqual(ends.map(() => 'stop'));
    expect(outputs.length).toBe(options.count ?? options.nBest ?? 1);
    for (const output of outputs) {
      const text = tokenizer.decode(output);
      const { a, b } = JSON.parse(text) as { a: number; b: unknown };
      expect(Number.isInteger(a) && a >= -3 && a <= 120).toBe(true);
      expect(['ab', null, true]).toContain(b);
      if (given) expect(text).not.toContain('t');
    }
  });
});
