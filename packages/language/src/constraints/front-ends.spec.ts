import { type ConstraintSource, createConstraint } from '../constraints.js';

const STOP = 256;
const domain = {
  vocabulary: {
    size: STOP + 1,
    describe: String,
    bytes: (id: number) => (id === STOP ? undefined : Uint8Array.of(id)),
  },
  stopTokens: [STOP],
};

function accepts(source: ConstraintSource, text: string): boolean {
  const constraint = createConstraint(domain, source);
  let state = constraint.start({ tokens: [0] });
  for (const byte of new TextEncoder().encode(text)) {
    if (![...constraint.allowed(state)].includes(byte)) return false;
    state = constraint.advance(state, byte);
  }
  return [...constraint.allowed(state)].includes(STOP);
}

const tree = {
  $ref: '#/$defs/a%2Fb',
  $defs: { 'a/b': { type: 'array', items: { $ref: '#/$defs/a~1b' } } },
};
const repeated = (count: number, each: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => each(at)).join('\n');

const listOf = <T>(length: number, each: (at: number) => T): T[] =>
  Array.from({ length }, (_, at) => each(at));
const propertiesOf = (count: number): object =>
  Object.fromEntries(listOf(count, (at) => [`p${at}`, { type: 'string' }]));
const tagged = (at: number): object => {
  return { type: 'object', properties: { [`k${at % 2}`]: { const: at }, k: { const: at } }, required: ['k'] }; // prettier-ignore
};

describe('texts of constraints', () => {
  it.each<[ConstraintSource, readonly string[], readonly string[]]>([
    [{ jsonSchema: true }, ['1', '-0.5e-3', '{"a": [ ]}'.replace(' ]', ']'), '"\\u00e9\\ud83d\\udc0b"'], ['01', '.5', "'a'", '"\\ud83d"', '1e999', '[1,]']], // prettier-ignore
    [{ jsonSchema: { type: 'object' } }, ['{}', '{\n  "a": 1,\n  "b": {}\n}'], ['[]', '{"a"}']],
    [{ jsonSchema: tree }, ['[]', '[[], [[]]]'], ['[1]']],
    [{ jsonSchema: { properties: { a: {}, b: { type: 'null' } } } }, ['{}', '{"b": null}', '{"a":1,"b":null}'], ['{"b":null,"a":1}', '{"c":1}']], // prettier-ignore
    [{ jsonSchema: { properties: { a: { type: 'null' } }, additionalProperties: { type: 'integer' } } }, ['{"a":null,"ab":1}', '{"":2,"\\"":3}'], ['{"a":1}', '{"\\u0061":1}', '{"b":null}']], // prettier-ignore
    [{ jsonSchema: { required: ['b', 'a'], additionalProperties: { type: 'null' } } }, ['{"b":null,"a":null,"c":null}'], ['{"a":null}']], // prettier-ignore
    [{ jsonSchema: { pattern: 'b' } }, ['"abc"', '"\\nb"'], ['"a"']],
    [{ jsonSchema: { pattern: '^"?$' } }, ['""', '"\\""'], ['"""']],
    [{ jsonSchema: { format: 'date' } }, ['"2024-02-29"', '"2000-12-31"'], ['"2023-02-29"', '"1900-02-29"', '"2024-04-31"']], // prettier-ignore
    [{ jsonSchema: { type: ['integer', 'null'], minimum: 10 } }, ['10', '123', 'null'], ['9', '-10', '10.0', '010']], // prettier-ignore
    [{ jsonSchema: { exclusiveMinimum: -0.5, maximum: 1.25 } }, ['-0.49', '0', '1.25', '1.2', '-0'], ['-0.5', '1.26', '-1', '2', '1e0']], // prettier-ignore
    [{ jsonSchema: { maximum: 1e-7, minimum: -1e-7 } }, ['0.0000001', '-0.00000009', '0'], ['0.0000002', '0.1']], // prettier-ignore
    [{ jsonSchema: { allOf: [{ type: 'number', minimum: 2 }, { type: 'integer', maximum: 3 }] } }, ['2', '3'], ['2.5', '4']], // prettier-ignore
    [{ jsonSchema: { type: 'object', anyOf: [{ required: ['a'] }, { required: ['b'] }], properties: { a: {}, b: {} } } }, ['{"a":1}', '{"b":1}', '{"a":1,"b":2}'], ['{}']], // prettier-ignore
    [{ jsonSchema: { prefixItems: [{ type: 'null' }, { const: 1 }], minItems: 1, maxItems: 3 } }, ['[null]', '[null,1]', '[null, 1, {}]'], ['[]', '[1]', '[null,1,2,3]']], // prettier-ignore
    [{ jsonSchema: { prefixItems: [{ type: 'null' }, { const: 1 }], maxItems: 1 } }, ['[null]', '[]'], ['[null,1]']], // prettier-ignore
    [{ jsonSchema: { anyOf: [{ type: 'array', minItems: 3, maxItems: 1 }, { const: 1 }] } }, ['1'], ['[]', '[1]', '[1,1,1]']], // prettier-ignore
    [{ jsonSchema: { enum: ['', 'a', 'ab', '🐋', '🐌', 'É"', 1, 12, null, [1]] } }, ['""', '"a"', '"ab"', '"🐋"', '"🐌"', '"É\\""', '1', '12', 'null', '[1]'], ['"b"', '"É"', '2', '"\\ud83d"']], // prettier-ignore
    [{ regex: 'abcdefghijklmnopqrs'.split('').map((each) => `x${each}y?`).join('|') + '|xa|z*' }, ['xa', 'xay', 'xsy', '', 'zz'], ['x', 'xty', 'xa z']], // prettier-ignore
    [{ jsonSchema: { items: [{ type: 'null' }], additionalItems: false } }, ['[]', '[null]'], ['[null,1]', '[1]']], // prettier-ignore
    [
      { jsonSchema: { enum: [{ a: [1, 'É'] }, 'b'], type: 'object' } },
      ['{"a": [1, "É"]}'],
      ['"b"'],
    ],
    [{ jsonSchema: { const: null }, before: '<a>', after: '\n</a>' }, ['<a>null\n</a>'], ['null', '<a>null']], // prettier-ignore
    [{ regex: '^a|b$' }, ['a', 'b'], ['ab', '']],
    [{ regex: '(?:(a?){3}b?)*c' }, ['c', 'aaaabc', 'bbac'], ['ab', '']],
    [{ regex: '\\p{L}[^\\P{N}5]\\s' }, ['É7\t'], ['É5 ', '77 ']],
    [{ grammar: '# a comment\nroot ::= one{2,3} # more\n  | "\\x41\\u00e9\\U0001F40B" \none ::= [^\\]a-c-] | .{0}"ab" ' }, ['xy', 'ab]'.replace(']', 'z'), 'AÉ🐋'.toLowerCase().replace('aé', 'Aé')], ['x', 'aa', 'x]']], // prettier-ignore
    [{ grammar: 'root::=(\n"a"\n|\n"b"\n)+' }, ['a', 'ba'], ['']],
  ])('are accepted and refused: %j', (source, right, wrong) => {
    expect(right.filter((text) => !accepts(source, text))).toEqual([]);
    expect(wrong.filter((text) => accepts(source, text))).toEqual([]);
  });
});

describe('a mistake', () => {
  it.each<[ConstraintSource, string]>([
    [{ jsonSchema: { properties: { a: { not: {} } } } }, 'schema #/properties/a: expected supported keywords'], // prettier-ignore
    [{ jsonSchema: { uniqueItems: true } }, '$ref, type, enum, anyOf, oneOf, allOf, prefixItems, properties'], // prettier-ignore
    [
      { jsonSchema: { minLength: -1 } },
      'schema #: expected a whole number from 0 as minLength, got -1',
    ],
    [
      { jsonSchema: { format: 'color' } },
      'schema #: expected date, time, date-time, duration, uuid',
    ],
    [{ jsonSchema: { pattern: 'a(?=b)' } }, 'schema #: pattern: expected no look-ahead and no look-behind, got a(?=b)'], // prettier-ignore
    [{ jsonSchema: { pattern: 'a', maxLength: 3 } }, 'schema #: expected pattern alone, got pattern and minLength or maxLength'], // prettier-ignore
    [{ jsonSchema: { $ref: 'a.json' } }, 'schema #: expected a $ref within the schema, such as #/$defs/name, got a.json'], // prettier-ignore
    [{ jsonSchema: { oneOf: [{ type: 'number' }, { type: 'integer' }] } }, 'schema #: expected oneOf whose schemas exclude one another, got 0 and 1'], // prettier-ignore
    [{ jsonSchema: { enum: ['a'], minLength: 3 } }, 'schema #: expected nothing but a type with enum or const, got minLength'], // prettier-ignore
    [{ jsonSchema: 3 }, 'schema #: expected a schema, got 3'],
    [{ regex: '(a' }, 'regex: expected a regular expression of JavaScript, got Invalid regular expression'], // prettier-ignore
    [{ regex: '(a)\\1' }, 'regex: expected an expression without \\1, got (a)\\1'],
    [{ regex: 'a^b' }, 'regex: expected ^ and $ only at its two ends, got a^b'],
    [{ grammar: 'root ::= "a"\nb ::= c' }, 'grammar line 2: expected a rule c, which is used here; add c ::= …'], // prettier-ignore
    [{ grammar: 'one ::= "a"' }, 'grammar line 1: expected a rule root; add root ::= …'],
    [
      { grammar: 'root ::= [b-a]' },
      'grammar line 1: expected a class whose ranges ascend, got "]"',
    ],
    [{ grammar: 'root ::= "a' }, 'grammar line 1: expected its end, got the end'],
    [{ grammar: 'root ::= "\\q"' }, 'grammar line 1: expected a known escape, got "\\\\q\\""'],
  ])('is named: %j', (source, message) => {
    expect(() => createConstraint(domain, source)).toThrow(message);
  });

  it('is a domain whose tokens are no text', () => {
    const music = { vocabulary: { size: 3, describe: String }, stopTokens: [2] };
    expect(() => createConstraint(music, { regex: 'a' })).toThrow(
      'constraint: expected a vocabulary of texts, got tokens that are no text',
    );
  });
});

describe('a schema or grammar without an end', () => {
  const NONE = 'none meets';
  const BEGINS = 'refer to themselves';
  it.each<[string, ConstraintSource, string | undefined]>([
    ['itself', { jsonSchema: { $ref: '#' } }, NONE],
    ['endless values', { jsonSchema: { properties: { a: { $ref: '#' } }, required: ['a'] } }, NONE],
    ['itself among others', { jsonSchema: { anyOf: [{ $ref: '#' }, { type: 'null' }] } }, BEGINS],
    ['itself, joined', { jsonSchema: { allOf: [{ $ref: '#' }, { type: 'null' }] } }, 'references that end'], // prettier-ignore
    ['false', { jsonSchema: false }, NONE],
    ['an empty range', { jsonSchema: { type: 'integer', minimum: 2, maximum: 1 } }, NONE],
    ['deep nesting', { jsonSchema: JSON.parse(`${'{"items":'.repeat(3000)}true${'}'.repeat(3000)}`) as object }, 'nested schemas'], // prettier-ignore
    ['left recursion', { grammar: 'root ::= one "a"\none ::= "b"? root | "c"' }, BEGINS],
    ['endless rules', { grammar: `root ::= r0\n${repeated(5000, (at) => `r${at} ::= "a" r${at + 1}`)}\nr5000 ::= r5000 "a"` }, NONE], // prettier-ignore
    ['long chains', { grammar: `root ::= r0*\n${repeated(5000, (at) => `r${at} ::= r${at + 1}?`)}\nr5000 ::= "b"` }, undefined], // prettier-ignore
    ['huge counts', { regex: '((a?){1000}(b|c*){1000000}){1000000}' }, undefined],
    ['nested stars', { regex: '(((((a*)*)*)*b*)*)*' }, undefined],
    ['many alternatives', { regex: '(a|b|ab|ba|aab|abb|bba)*'.repeat(30) }, undefined],
    ['many optional properties', { jsonSchema: { properties: Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`p${at}`, {}])) } }, undefined], // prettier-ignore
    ['huge lengths', { jsonSchema: { type: 'array', minItems: 1e9, items: { type: 'string', minLength: 1e9 } } }, undefined], // prettier-ignore
    ['20,000 values', { jsonSchema: { enum: listOf(20_000, (at) => `value ${at * 7919} of many`) } }, undefined], // prettier-ignore
    ['20,000 numbers', { jsonSchema: { enum: listOf(20_000, (at) => at * 7919) } }, undefined],
    ['20,000 words', { regex: listOf(20_000, (at) => `word${at}s`).join('|') }, undefined],
    ['5,000 values of objects', { jsonSchema: { enum: listOf(5000, (at) => ({ a: at, b: [at] })) } }, '50000 parts and texts of 1000000 bytes'], // prettier-ignore
    ['5,000 optional properties', { jsonSchema: { properties: propertiesOf(5000) } }, 'schema #: expected at most 1000 optional properties, got 5000'], // prettier-ignore
    ['5,000 properties and others', { jsonSchema: { properties: propertiesOf(5000), required: Object.keys(propertiesOf(5000)), additionalProperties: true } }, undefined], // prettier-ignore
    ['5,000 different items', { jsonSchema: { prefixItems: listOf(5000, (at) => ({ const: at })), minItems: 3 } }, undefined], // prettier-ignore
    ['1,000 schemas of anyOf', { jsonSchema: { anyOf: listOf(1000, tagged) } }, undefined],
    ['200 schemas of oneOf', { jsonSchema: { oneOf: listOf(200, tagged) } }, undefined],
    ['2,000 schemas of oneOf', { jsonSchema: { oneOf: listOf(2000, tagged) } }, 'schema #: expected fewer alternatives and allOf'], // prettier-ignore
    ['anyOf within oneOf', { jsonSchema: { oneOf: listOf(40, (at) => ({ anyOf: listOf(40, (each) => tagged(40 * at + each)) })) } }, 'fewer alternatives'], // prettier-ignore
    ['doubled schemas', { jsonSchema: { $defs: { ...Object.fromEntries(listOf(40, (at) => [`d${at}`, { allOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] }])), d40: { type: 'null' } }, $ref: '#/$defs/d0' } }, undefined], // prettier-ignore
    ['schemas that need one another', { jsonSchema: { $defs: { a: { properties: { b: { $ref: '#/$defs/b' } }, required: ['b'] }, b: { items: { $ref: '#/$defs/a' }, minItems: 1 } }, $ref: '#/$defs/a' } }, NONE], // prettier-ignore
    ['nested counts', { regex: '((((a{0,100}){0,100}){0,100}){0,100}){0,100}b' }, 'fewer ways'],
    ['counts of optional letters', { regex: `${'a?'.repeat(500)}${'a'.repeat(500)}` }, undefined],
    ['ambiguous rules', { grammar: 'root ::= "a" root? root? root? root?' }, undefined],
    ['empty loops', { grammar: 'root ::= (a | "")* "x"\na ::= b* "y"?\nb ::= ("" | "z"?)*' }, undefined], // prettier-ignore
    ['doubled empty rules', { grammar: `root ::= r0\n${repeated(40, (at) => `r${at} ::= r${at + 1} r${at + 1}`)}\nr40 ::= "a"?` }, 'fewer ways'], // prettier-ignore
    ['a long chain of rules', { grammar: `root ::= r0\n${repeated(10_000, (at) => `r${at} ::= r${at + 1} | "b"`)}\nr10000 ::= "b"` }, undefined], // prettier-ignore
    ['a huge text', { grammar: `root ::= "${'ab'.repeat(100_000)}"` }, undefined],
    ['characters of Unicode', { regex: String.raw`[\p{L}\p{N}]{1,1000}`.repeat(20) }, 'fewer ways'],
    ['a schema that grows', { jsonSchema: { $defs: { n: { allOf: [{ $ref: '#/$defs/m' }, { properties: { x: { allOf: [{ $ref: '#/$defs/n' }, { title: 'x' }] } } }] }, m: { type: 'object' } }, $ref: '#/$defs/n' } }, undefined], // prettier-ignore
  ])('is refused or ready within a second: %s', (_, source, message) => {
    const start = process.cpuUsage();
    const run = (): void => {
      const constraint = createConstraint(domain, source);
      let state = constraint.start({ tokens: [0] });
      for (let step = 0; step < 50; step++) {
        const [id = STOP] = constraint.allowed(state);
        if (id === STOP) return;
        state = constraint.advance(state, id);
      }
    };
    if (message === undefined) run();
    else expect(run).toThrow(message);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(message === undefined ? 2 : 1);
  });

  it('is ready within 50 ms for 20 properties', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [
        `property ${at}`,
        [{ type: 'string' }, { type: 'integer', minimum: 0 }, { type: 'array', items: {} }][at % 3],
      ]),
    );
    createConstraint(domain, { jsonSchema: { properties, required: ['property 3'] } }); // compiles the code
    const start = process.cpuUsage();
    for (let each = 0; each < 10; each++) {
      createConstraint(domain, { jsonSchema: { properties, required: [`property ${each}`] } });
    }
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000 / 10).toBeLessThan(50);
  });
});

describe('long tokens', () => {
  const texts = [
    'a'.repeat(17),
    'a'.repeat(30),
    `${'a'.repeat(20)}"`,
    `${'a'.repeat(24)}","b`,
    ' '.repeat(40),
  ];
  const long = {
    vocabulary: {
      size: STOP + 1 + texts.length,
      describe: String,
      bytes: (id: number) =>
        id > STOP ? new TextEncoder().encode(texts[id - STOP - 1]) : domain.vocabulary.bytes(id),
    },
    stopTokens: [STOP],
  };

  it.each<ConstraintSource>([
    { jsonSchema: { type: 'array', items: { type: 'string', maxLength: 25, minLength: 3 } } },
    { jsonSchema: { type: 'array', items: { type: 'string' } } },
    { regex: '\\["a{0,29}"(,"b")?\\]' },
    { grammar: 'root ::= "[\\"" a "\\"" (",\\"b" [" ]*)? "]"?\na ::= "a"{18,44}' },
  ])('are allowed where all of their bytes are: %j', (source) => {
    const constraint = createConstraint(long, source);
    let state = constraint.start({ tokens: [0] });
    const allows = (from: unknown, id: number): boolean =>
      [...constraint.allowed(from)].includes(id);
    let count = 0;
    for (const byte of new TextEncoder().encode(`["${'a'.repeat(29)}`)) {
      for (const [at, text] of texts.entries()) {
        let next: unknown = state;
        const isOpen = [...new TextEncoder().encode(text)].every((each) => {
          const isAllowed = allows(next, each);
          if (isAllowed) next = constraint.advance(next, each);
          return isAllowed;
        });
        expect({ text, byte, isOpen: allows(state, STOP + 1 + at) }).toEqual({
          text,
          byte,
          isOpen,
        });
        count += Number(isOpen);
      }
      if (!allows(state, byte)) break;
      state = constraint.advance(state, byte);
    }
    expect(count).toBeGreaterThan(5);
  });
});
