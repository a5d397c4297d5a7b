import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

import type { ChatTemplate } from '@ramble/core';
import type { JsonObject } from '@ramble/core/files';
import { markedProcesses, spawnTypescript } from '@ramble/node-testing';

import { ChatTemplateError } from './chat-template-error.js';
import type { ChatMessage, Conversation } from './conversation.js';
import { createTemplateRenderer } from './template-renderer.js';

/** A conversation as fixtures/make.py has it, and what transformers makes of it by each template. */
interface Case extends JsonObject {
  readonly name: string;
  readonly messages: readonly ChatMessage[];
  readonly expected: Readonly<Record<string, { readonly text?: string; readonly error?: string }>>;
}

const FIXTURES = new URL('../fixtures/', import.meta.url);
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
async function outcome(
  source: string,
  conversation: Conversation = { messages: [] },
): Promise<string> {
  const renderer = createTemplateRenderer({ source, specialTokens: {} }, { timeoutSeconds: 0.5 });
  try {
    return await renderer.render(conversation);
  } catch (error) {
    expect(error).toBeInstanceOf(ChatTemplateError);
    return (error as ChatTemplateError).message;
  } finally {
    await renderer.close();
  }
}

describe('a template', () => {
  it.each(['llama3', 'qwen3', 'gemma3', 'smollm2'])(
    'makes of 50 conversations what transformers makes of them: %s',
    async (name) => {
      const renderer = createTemplateRenderer(templateOf(name));
      const differing: unknown[] = [];
      for (const each of cases) {
        const { text, error } = each.expected[name];
        const got = await renderer
          .render(conversationOf(each))
          .catch((failure: unknown) => failure);
        const isSame = error === undefined ? got === text : String(got).includes(error);
        if (!isSame) differing.push({ name: each.name, expected: text ?? error, got });
      }
      await renderer.close();
      expect(cases).toHaveLength(50);
      expect(differing).toEqual([]);
    },
  );

  it('lets the program end that waits for its end', async () => {
    const program = spawnTypescript(new URL('../test/render-once.ts', import.meta.url));
    const [[status], told] = await Promise.all([
      once(program, 'exit') as Promise<[number]>,
      text(program.stdout),
    ]);
    expect([status, told]).toEqual([0, 'rendered, and ended\n']);
  });

  it('strips the characters that it names, from the ends that it names', async () => {
    const source = `{{ 'xxaxx'.strip('x') }}|{{ 'xyaxy'.lstrip('yx') }}|{{ ' a\\n '.rstrip() }}|{{ 3 | trim }}`;
    expect(await outcome(source)).toBe('a|axy| a|3');
  });
});

describe('a template that does not end well', () => {
  it('is told with what it raises', async () => {
    expect(await outcome(`{{ raise_exception('roles must alternate') }}`)).toBe(
      "messages: expected a conversation that the model's chat template takes, got its error: roles must alternate",
    );
  });

  it('is told with what is wrong in it', async () => {
    expect(await outcome('{% for x in %}')).toMatch(
      /^messages: expected a conversation that the model's chat template takes, got its error: /,
    );
    expect(await outcome('{{ nothing() }}')).toContain(
      'got its error: Cannot call something that is not a function',
    );
  });

  it('is ended when it loops', async () => {
    const loops = `{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}{% endfor %}{% endfor %}{% endfor %}`;
    expect(await outcome(loops)).toBe('chat template: expected a text within 0.5 s, got none');
  });

  it('is ended when it calls itself for ever', async () => {
    const calls = `{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}`;
    expect(await outcome(calls)).toMatch(
      // The library takes a stack that is full for a name that is not defined, if it is looking one up.
      /Maximum call stack size exceeded|not a function: got UndefinedValue|a text within 0.5 s, got none/,
    );
  });

  it.each([
    ['a list', `{% for a in range(1000000000) %}{% endfor %}`],
    [
      'lists of lists',
      `{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = ns.a + ns.a %}{% endfor %}`,
    ],
    [
      'copies as JSON',
      `{% set ns = namespace(a=[1]) %}{% for i in range(40) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a | tojson }}`,
    ],
    [
      'a text',
      `{% set ns = namespace(a='ab') %}{% for i in range(99) %}{% set ns.a = ns.a + ns.a %}{% endfor %}{{ ns.a }}`,
    ],
    [
      'texts in a text',
      `{% set ns = namespace(a='ab') %}{% for i in range(20) %}{% set ns.a = ns.a + ns.a %}{% endfor %}{{ ns.a | replace('a', ns.a) }}`,
    ],
  ])('is ended when it takes memory without end: %s', async (_, source) => {
    const before = process.memoryUsage().rss;
    const startMs = performance.now();
    expect(await outcome(source)).toMatch(
      /^(chat template: expected (no more than 128 MB of memory, got more|a text within 0\.5 s, got none)|messages: .*got its error: (Invalid string length|it made a text of more than 4194304 characters))$/,
    );
    expect(performance.now() - startMs).toBeLessThan(10_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 30);
  });

  it('never ends the program that asked, however much it takes at once', async () => {
    const doubles = `{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = ns.a + ns.a %}{% endfor %}`;
    for (let round = 0; round < 4; round++) {
      for (const source of ['{% for a in range(1000000000) %}{% endfor %}', doubles]) {
        expect(await outcome(source)).toMatch(/128 MB of memory|within 0\.5 s/);
      }
    }
  });

  // The processes are found in /proc.
  (existsSync('/proc/self') ? it : it.skip)(
    'ends when the program that asked was killed',
    async () => {
      const mark = randomUUID();
      const ours = (): number => markedProcesses('RAMBLE_TEMPLATE_TEST', mark).length;
      process.env.RAMBLE_TEMPLATE_TEST = mark;
      const asking = spawnTypescript(new URL('../test/render-for-ever.ts', import.meta.url));
      delete process.env.RAMBLE_TEMPLATE_TEST;
      while (ours() < 2) await setTimeout(20);
      await setTimeout(500); // it loops
      asking.kill('SIGKILL');
      await once(asking, 'exit');
      expect(ours()).toBe(1);
      while (ours() > 0) await setTimeout(20);
    },
  );

  it('is run anew for the next conversation', async () => {
    const source = `{% if messages %}{{ messages[0].content }}{% else %}{% for a in range(999999) %}{% for b in range(999999) %}{% endfor %}{% endfor %}{% endif %}`;
    const renderer = createTemplateRenderer({ source, specialTokens: {} }, { timeoutSeconds: 0.5 });
    const hi = { messages: [{ role: 'user', content: 'hi' }] };
    const [first, second, third] = await Promise.allSettled([
      renderer.render(hi),
      renderer.render({ messages: [] }),
      renderer.render(hi),
    ]);
    await renderer.close();
    expect([first, third]).toEqual([
      { status: 'fulfilled', value: 'hi' },
      { status: 'fulfilled', value: 'hi' },
    ]);
    expect(second.status).toBe('rejected');
  });

  it('refuses what cannot be handed to it', async () => {
    const messages = [{ role: 'user', content: 'hi', call: () => undefined }];
    expect(await outcome('{{ messages }}', { messages })).toContain('could not be cloned');
  });
});
