import { readFileSync } from 'node:fs';

import { jest } from '@jest/globals';
import type { ChatTemplate } from '@ramble/core/domain';
import type { JsonObject } from '@ramble/core/files';

import {
  type ChatMessage,
  ChatTemplateError,
  type Conversation,
  createTemplateRenderer,
} from './template-renderer.js';
import { FILTERS } from './jinja/filters.js';
import { METHOD_NAMES } from './jinja/methods.js';

/** A conversation as fixtures/make.py has it, and what transformers makes of it by each template. */
interface Case extends JsonObject {
  readonly name: string;
  readonly messages: readonly ChatMessage[];
  readonly expected: Readonly<Record<string, { readonly text?: string; readonly error?: string }>>;
}

const FIXTURES = new URL('../../fixtures/chat/', import.meta.url);
const { cases, specialTokens } = JSON.parse(
  readFileSync(new URL('cases.json', FIXTURES), 'utf8'),
) as {
  readonly cases: readonly Case[];
  readonly specialTokens: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

function templateOf(name: string): ChatTemplate {
  const source = readFileSync(new URL(`templates/${name}.jinja`, FIXTURES), 'utf8');
  return { source, specialTokens: specialTokens[name] };
}

function conversationOf({ messages, ...given }: Case): Conversation {
  const { tools, documents, add_generation_prompt, enable_thinking } = given;
  const variables = enable_thinking === undefined ? {} : { enable_thinking };
  // as make.py writes them
  return {
    messages,
    tools,
    documents,
    addGenerationPrompt: add_generation_prompt,
    variables,
  } as Conversation;
}

/** The text of a template, or its error. */
function outcome(source: string, given: Partial<Conversation> = {}): string {
  try {
    const specialTokens = { bos_token: '<s>' };
    return createTemplateRenderer({ source, specialTokens }).render({ messages: [], ...given });
  } catch (error) {
    expect(error).toBeInstanceOf(ChatTemplateError);
    return (error as ChatTemplateError).message;
  }
}

const REFUSED =
  "messages: expected a conversation that the model's chat template takes, got its error: ";

describe('a template renderer', () => {
  it.each(['llama3', 'qwen3', 'gemma3', 'smollm2'])(
    'makes of 50 conversations the texts of transformers: %s',
    (name) => {
      const renderer = createTemplateRenderer(templateOf(name));
      const differing = cases.filter((each) => {
        const { text, error } = each.expected[name];
        try {
          return renderer.render(conversationOf(each)) !== text;
        } catch (failure) {
          return error === undefined || !String(failure).includes(error);
        }
      });
      expect(cases).toHaveLength(50);
      expect(differing.map((each) => each.name)).toEqual([]);
    },
  );

  it('makes the texts of transformers with each construct of Jinja2, or refuses the template as it does', () => {
    const given = JSON.parse(readFileSync(new URL('constructs.json', FIXTURES), 'utf8')) as {
      readonly messages: readonly ChatMessage[];
      readonly variables: JsonObject;
      readonly cases: readonly { readonly template: string; readonly text?: string }[];
    };
    const { messages, variables } = given;
    const differing = given.cases.flatMap(({ template, text }) => {
      const got = outcome(template, { messages, variables });
      const isSame = text === undefined ? got.startsWith(REFUSED) : got === text;
      return isSame ? [] : [{ template, text, got }];
    });
    expect(given.cases.length).toBeGreaterThan(120);
    expect(differing).toEqual([]);
  });

  it('drops null fields of messages, which OpenAI clients send in calls', () => {
    const source =
      "{% for m in messages %}{{ 'content' in m }} {{ m.content is defined }} {{ m.keys() | list }};{% endfor %}";
    const messages = [
      { role: 'assistant', content: null, refusal: null, tool_calls: [] },
      { role: 'user', content: '' },
    ];
    expect(outcome(source, { messages })).toBe(
      "False False ['role', 'tool_calls'];True True ['role', 'content'];",
    );
  });

  it.each(['reasoning_content', 'reasoning', 'thinking'])(
    'gives templates the reasoning of the field %s under both names that they read',
    (field) => {
      const source = '{{ messages[0].reasoning_content }}|{{ messages[0].thinking }}';
      const message = { role: 'assistant', content: 'a', [field]: 'why' };
      expect(outcome(source, { messages: [message] })).toBe('why|why');
    },
  );

  it('writes the local time', () => {
    const { now } = Date;
    expect(outcome("{{ strftime_now('%Y') }}")).toBe(String(new Date(now()).getFullYear()));
    expect(outcome("{{ strftime_now('%d %b %Y') }}")).toMatch(/^\d\d [A-Z][a-z]{2} \d{4}$/);
  });
});

describe('a template that does not end well', () => {
  it("throws the template's errors", () => {
    expect(outcome(`{{ raise_exception('roles must alternate') }}`)).toBe(
      `${REFUSED}roles must alternate`,
    );
  });

  it('throws the fault of the template', () => {
    expect(outcome('{% for x in %}')).toBe(`${REFUSED}expected an expression, got block of a end`);
    expect(outcome('{{ nothing() }}')).toBe(`${REFUSED}'nothing' is undefined`);
  });

  it('is refused if it reads a value that is not JSON', () => {
    const messages = [{ role: 'user', content: 'hi', call: () => undefined }];
    expect(outcome('{{ messages }}', { messages })).toContain('expected values of JSON');
  });

  it('does not reach the program that renders it', () => {
    const names = ['constructor', '__proto__', 'prototype', 'toString', 'process', 'globalThis'];
    for (const name of names) {
      for (const object of ["''", '[]', '{}', '1', 'messages', 'range', 'namespace()', 'loop']) {
        expect(outcome(`{{ ${object}.${name} is defined }}`)).toMatch(/^False$|is undefined/);
        expect(outcome(`{{ ${object}['${name}'] is defined }}`)).toMatch(/^False$|is undefined/);
      }
      expect(outcome(`{{ ${name} is defined }}`)).toBe('False');
      expect(outcome(`{{ 'a' | ${name} }}`)).toContain('No filter named');
      expect(outcome(`{{ 'a' is ${name} }}`)).toContain('No test named');
    }
  });

  const double = (value: string): string =>
    `{% set ns = namespace(a=${value}) %}{% for i in range(99) %}{% set ns.a = ns.a + ns.a %}{% endfor %}`;
  const nested = `{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}`;
  const long = `{% set ns = namespace(a='ab') %}{% for i in range(20) %}{% set ns.a = ns.a + ns.a %}{% endfor %}`;
  it.each([
    ['{% for loop in [1] %}{{ loop }}{% endfor %}', 'special loop variable'],
    ['{% for a, (loop, b) in [] %}{% endfor %}', 'special loop variable'],
    ['{% macro f(caller) %}{{ caller }}{% endmacro %}{{ f(1) }}', 'special "caller" argument'],
    ['{% macro f(a, caller=2) %}{{ a }}{{ caller }}{% endmacro %}{{ f(1) }}', /^12$/],
    ['a{#', /^a$/],
    ['a{% raw %}', /^a$/],
    ['a{# b', 'a comment does not end'],
  ])('does with %j what Jinja2 does', (source, expected) => {
    expect(outcome(source)).toMatch(expected);
  });

  it.each([
    ['format of ints', "{% set x = '{:,}'.format(a) %}"],
    ['printing of ints', '{% set x = a ~ a %}'],
    ['format of floats', "{% set x = '%.999f' % 1e300 %}"],
  ])('counts the digits in the %s, rather than to wait for the clock', (_, source) => {
    const body = `{% for i in range(999) %}{% for j in range(99) %}${source}{% endfor %}{% endfor %}`;
    const clock = jest.spyOn(performance, 'now').mockReturnValue(0); // stands, on a busy machine too
    const got = outcome(`{% set a = 10 ** 1200 %}${body}`);
    clock.mockRestore();
    expect(got).toMatch(/^chat template: expected operations on at most/);
  });

  it.each([
    ['loops', `${'{% for a in range(9999) %}'.repeat(4)}${'{% endfor %}'.repeat(4)}`],
    ['calls itself', `{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}`],
    ['nests deeply', `{{ ${'('.repeat(100_000)}1${')'.repeat(100_000)} }}`],
    ['makes a long list', double('[1]')],
    ['makes a long text', double("'ab'")],
    ['writes copies as JSON', `${nested}{{ ns.a | tojson }}`],
    ['prints copies', `${nested}{{ ns.a }}`],
    ['compares copies', `${nested}{% set b = ns.a %}${nested}{{ b == ns.a }}`],
    ['puts texts into a text', `${long}{{ ns.a | replace('a', ns.a) }}`],
    ['joins texts', `${long}{{ range(99999) | join(ns.a) }}`],
    ['repeats a text', `{{ 'a' * 10 ** 12 }}`],
    ['repeats a list', `{{ [1] * 10 ** 12 }}`],
    ['centres a text', `{{ 'a'.center(10 ** 12) }}`],
    ['pads a number', `{{ '%999999999d' % 1 }}{{ '{:999999999}'.format(1) }}`],
    ['writes digits', `{{ '%.999999999f' % 1.5 }}`],
    ['indents JSON', `{{ [[[1]]] | tojson(indent=10 ** 12) }}`],
    ['indents a text', `{{ 'a' | indent(10 ** 12, true) }}`],
    ['expands tabs', `{{ '\t'.expandtabs(10 ** 12) }}`],
    ['computes a power', `{{ 10 ** 10000000000 }}`],
    [
      'multiplies without end',
      `{% set ns = namespace(a=3) %}{% for i in range(99) %}{% set ns.a = ns.a * ns.a %}{% endfor %}`,
    ],
    ['fills a batch', `{{ [1] | batch(10 ** 12, 0) | list }}`],
    ['makes slices', `{{ [1] | slice(10 ** 12) | list }}`],
    [
      'searches a long text again and again',
      `${long}{% for i in range(99999) %}{% if 'zz' in ns.a %}{% endif %}{% endfor %}`,
    ],
    [
      'strips a long text again and again',
      `${long}{% for i in range(99999) %}{% if ns.a.strip() %}{% endif %}{% endfor %}`,
    ],
    [
      'sorts again and again',
      `{% set all = range(99999) | list %}{% for i in range(99999) %}{% set x = all | sort(reverse=true) %}{% endfor %}`,
    ],
    [
      'iterates again and again',
      `{% set all = range(99999) | list %}{% for i in range(99999) %}{% set x = 5.5 in all %}{% endfor %}`,
    ],
    ['makes many ranges', `{% for i in range(99999) %}{% set x = range(99999) %}{% endfor %}`],
    [
      'makes many views',
      `{% set d = dict(range(9998) | map('string') | batch(2)) %}{% for i in range(99999) %}{% set x = d.items() %}{% endfor %}`,
    ],
    ['has a million spaces', `${' '.repeat(1_000_000)}x{%- for x in %}`],
    ['has tags without an end', `{{ ('<!--' * 250000) | striptags }}{{ 1 / 0 }}`],
    [
      'has a number without an end',
      `{{ ('1' * 1000000 ~ 'x') | float }}{{ ('1' * 1000000) | int }}{{ 1 / 0 }}`,
    ],
    ['has fields without an end', `{{ '%(' * 500000 % {} }}`],
    ['makes a long prompt', `${long}{% for i in range(9) %}{{ ns.a }}{% endfor %}`],
    ['counts in a long text', `{{ ('a' * 100000000).count('a') }}`],
    ['splits a long text', `{{ ('a' * 4000000).split('a') | length }}{{ 1 / 0 }}`],
    ['splits a long text at spaces', `{{ ('a ' * 2000000).rsplit() | length }}{{ 1 / 0 }}`],
    ['empties a long text', `{{ ('a' * 4000000) | replace('a', '') }}{{ 1 / 0 }}`],
    ['puts a text between characters', `{{ ('a' * 4000000) | replace('', 'b') | length }}`],
    ['quotes a long text', `{{ ["'" * 4000000] }}{{ ['\n' * 4000000] }}`],
    ['searches for a long part', `{{ ('a' * 999999 ~ 'b' ~ 'a' * 999999) in 'a' * 4000000 }}`],
    ['finds a long part', `{{ ('a' * 4000000).find('a' * 999999 ~ 'b' ~ 'a' * 999999) }}`],
    [
      'copies a dictionary again and again',
      `{% set d = dict(range(9998) | map('string') | batch(2)) %}{% set ns = namespace(a=[]) %}{% for i in range(99999) %}{% set ns.a = [ns.a, d.copy()] %}{% endfor %}`,
    ],
    [
      'nests keys',
      `{% set ns = namespace(a=(1,)) %}{% for i in range(60) %}{% set ns.a = (ns.a, ns.a) %}{% endfor %}{{ {ns.a: 1} }}{{ 1 / 0 }}`,
    ],
    [
      'compares equal lists again and again',
      `{% set all = range(99999) | list %}{% set b = all[:] %}{% for i in range(99999) %}{% set x = all == b %}{% endfor %}`,
    ],
    [
      'separates the digits of large ints again and again',
      `{% set a = 10 ** 1200 %}{% for i in range(99999) %}{% for j in range(99) %}{% set x = '{:,}'.format(a) %}{% endfor %}{% endfor %}`,
    ],
    [
      'nests scopes deeply',
      `{% set z = 1 %}${'{% with a = 1 %}'.repeat(400)}{% for i in range(99999) %}{% for j in range(99) %}{% set x = z %}{% endfor %}{% endfor %}${'{% endwith %}'.repeat(400)}`,
    ],
  ])('is ended when it %s', (_, source) => {
    const before = process.memoryUsage().rss;
    const start = process.cpuUsage();
    expect(outcome(source)).toMatch(
      /^chat template: expected (a text within|a text of at most|no more than 128 MB|operations)|so large a key|Maximum call stack|of more than 4096 bits|of at most 100000 characters|at most 1000 digits|division|unsupported format|an expression/,
    );
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(10);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 30);
  });

  // Arguments with which a method or a filter does its work.
  const [part, two, key] = ["'a'", "'a', 'b'", "'role'"];
  const given: Readonly<Partial<Record<string, string>>> = {
    ...{ count: part, endswith: part, find: part, index: part, partition: part, rfind: part },
    ...{ rindex: part, rpartition: part, removeprefix: part, removesuffix: part, rsplit: part },
    ...{ split: part, startswith: part, zfill: '9', center: '9', ljust: '9', rjust: '9' },
    ...{ replace: two, join: "['a', 'b']", format_map: '{}', get: part },
  };
  const givenToFilter: Readonly<Partial<Record<string, string>>> = {
    ...{ replace: two, batch: '2', slice: '2', map: "'string'", select: "'string'" },
    ...{ attr: key, groupby: '0', rejectattr: key, selectattr: key, reject: "'string'" },
  };
  const texts = { letters: "'a b' * 333333", emoji: "'😀 a' * 250000" };
  const collections = { list: 'range(99999) | list', dict: `dict(range(99998) | batch(2))` };
  const filters = Object.keys(FILTERS).map((name) => `v | ${name}(${givenToFilter[name] ?? ''})`);
  const methodsOf = (type: keyof typeof METHOD_NAMES): readonly string[] =>
    METHOD_NAMES[type].map((name) => `v.${name}(${given[name] ?? ''})`);
  const operations: Readonly<Record<string, readonly string[]>> = {
    [texts.letters]: [...filters, ...methodsOf('str')],
    [texts.emoji]: [...filters, ...methodsOf('str')],
    [collections.list]: [...filters, ...methodsOf('list')],
    [collections.dict]: [...filters, ...methodsOf('dict')],
  };
  it.each(Object.keys(operations))(
    'takes bounded time and memory when it calls each method and filter three times with %s',
    (value) => {
      const slow = operations[value].flatMap((operation) => {
        const before = { ...process.memoryUsage(), ...process.cpuUsage() };
        const source = `{% set v = ${value} %}{% for i in range(3) %}{% set x = ${operation} %}{% if x is iterable and x is not string %}{% set y = x | list %}{% endif %}{% endfor %}`;
        const text = outcome(source);
        const { user, system } = process.cpuUsage(before);
        const growth = process.memoryUsage().rss - before.rss;
        const seconds = (user + system) / 1e6;
        return seconds < 5 && growth < 2 ** 30 ? [] : [{ operation, seconds, growth, text }];
      });
      expect(slow).toEqual([]);
    },
    300_000,
  );
});
