import { type AnyApp, type Domain, type Grammar, generate } from '@ramble/core';
import { answerFeature, outputRulesFeature } from '@ramble/core/app';

import { serveWhale, type Whale } from '../../test/serve-whale.js';
import { END, whaleApp, whaleDomain } from '../../test/whale-app.js';

type Body = Readonly<Record<string, unknown>>;

/** A grammar of only small letters up to a maximum number, and none after a prompt's z; then only the end. */
function letters(most: number): Grammar<unknown> {
  const grammar: Grammar<number> = {
    start: ({ tokens }) => (tokens[tokens.length - 1] === 25 ? most : 0),
    advance: (count) => count + 1,
    allowed: (count) => (count < most ? Array.from({ length: 26 }, (_, id) => id) : [END]),
    mustEnd: (count) => count >= most,
  };
  return grammar;
}

/** An app whose answers begin with the text of a field. It cuts long questions. */
const answerApp: AnyApp = {
  ...whaleApp,
  name: 'answers',
  packing: 'examples',
  sampling: { method: 'greedy', numBeams: 3, maxNewTokens: 5 },
  features: answerFeature.with((prompt) => (prompt === '>' ? '' : undefined)),
  prompting: {
    settings: { forcedPrefix: { kind: 'string', derived: 'none', description: 'Its beginning.' } },
    apply: (prompt, { forcedPrefix = '' }: { forcedPrefix?: string }) => {
      if (forcedPrefix === 'no') throw new RangeError('forcedPrefix: expected yes, got no');
      return `${String(prompt)}>${forcedPrefix}`;
    },
  },
};

const answerDomain = {
  ...whaleDomain,
  encodePrompt: (prompt: string) => {
    const [question, beginning] = prompt.split('>');
    const start = Array.from(whaleDomain.encodePrompt(question).tokens);
    const forced = beginning === '' ? [] : Array.from(whaleDomain.encodePrompt(beginning).tokens);
    return { tokens: [...start, END, ...forced], outputStart: start.length + 1 };
  },
  cutPrompt: ({ tokens, outputStart = 0 }, room) => {
    const kept = Array.from(tokens).slice(-room);
    return { tokens: kept, outputStart: outputStart - (tokens.length - kept.length) };
  },
} as Domain<unknown, unknown, unknown>;

/** An app that continues a file, which begins with `MThd`; one of its output rules limits the length. */
const fileApp: AnyApp = {
  ...whaleApp,
  name: 'files',
  packing: 'pieces',
  readPrompt: (content) => {
    const text = new TextDecoder().decode(content);
    if (content.length > 0 && !text.startsWith('MThd')) {
      throw new RangeError('prompt: expected MThd, got other bytes');
    }
    return text.slice(4);
  },
  showOutput: (text) => ({
    kind: 'file',
    extension: '.mid',
    bytes: new TextEncoder().encode(`MThd${String(text)}`),
  }),
  prompting: {
    files: ['melody'],
    settings: { melody: { kind: 'string', derived: 'none', description: 'A file.' } },
    apply: (prompt, { melody }: { melody?: string }) =>
      melody === undefined ? prompt : `${String(prompt)} `,
  },
  features: outputRulesFeature.with({
    settings: {
      maxLetters: { kind: 'integer', min: 1, default: 8, description: 'Letters of an output.' },
    },
    sampling: ({ maxLetters }: { maxLetters: number }) => ({ maxNewTokens: maxLetters + 1 }),
    grammar: ({ maxLetters }: { maxLetters: number }) => letters(maxLetters),
  }),
};

let [answers, files]: Whale[] = [];
beforeAll(async () => {
  answers = await serveWhale({}, { app: answerApp, domain: answerDomain });
  files = await serveWhale({}, { app: fileApp });
});
afterAll(() => Promise.all([answers.close(), files.close()]));

async function ask(
  { url }: Whale,
  body: Body,
): Promise<{ status: number; body: Answer; cut: string | null }> {
  const response = await fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const cut = response.headers.get('x-ramble-cut');
  return { status: response.status, body: (await response.json()) as Answer, cut };
}

interface Answer {
  readonly choices: readonly {
    readonly text: string;
    readonly score?: number;
    readonly finish_reason: string;
  }[];
  readonly error?: { readonly param: string; readonly message: string };
}

const contentOf = ({ text }: { readonly text: string }): string =>
  Buffer.from(text, 'base64').toString();

/** Outputs of `generate` for a prompt, each after its forced beginning. */
async function expected(prompt: string, options: object): Promise<string[]> {
  const from = answerDomain.encodePrompt(prompt);
  const forced = Array.from(from.tokens).slice(from.outputStart);
  const outputs: number[][] = [];
  for await (const event of generate(answers.served.model, from, {
    stopTokens: [END],
    ...options,
  })) {
    if (event.kind === 'token') (outputs[event.sequence] ??= [...forced]).push(event.token);
  }
  return outputs.map((tokens) => whaleDomain.decodeOutput(tokens));
}

describe('a domain that answers', () => {
  const beams = { method: 'greedy', numBeams: 3, maxNewTokens: 5 };

  it('uses its default beams and length, and returns the n best', async () => {
    const { body } = await ask(answers, { prompt: ['call', '', 'me'], n: 2 });
    const [call, me] = [
      await expected('call>', { ...beams, nBest: 2 }),
      await expected('me>', { ...beams, nBest: 2 }),
    ];
    expect(body.choices.map(({ text }) => text)).toEqual([...call, '', '', ...me]);
    expect(body.choices[0].score).toBeGreaterThan(body.choices[1].score!);
    const five = await ask(answers, { prompt: 'call', n: 5 });
    expect(five.body.choices).toHaveLength(5);
  });

  it('takes its own fields, and names one that is wrong', async () => {
    const { body } = await ask(answers, { prompt: 'call', forced_prefix: 'me' });
    expect(body.choices.map(({ text }) => text)).toEqual(await expected('call>me', beams));
    expect(await ask(answers, { prompt: 'call', forced_prefix: 'no' })).toMatchObject({
      status: 400,
      body: {
        error: { param: 'forced_prefix', message: 'forced_prefix: expected yes, got no' },
      },
    });
    expect(await ask(answers, { prompt: 'call', forced_prefx: 'me' })).toMatchObject({
      status: 400,
      body: { error: { message: 'forced_prefx: unknown field. Did you mean forced_prefix?' } },
    });
  });

  it('is sampled if the request says so, and cut before a stop text', async () => {
    const drawn = await ask(answers, { prompt: 'call', temperature: 0.7, seed: 4 });
    const [text] = await expected('call>', { maxNewTokens: 5, temperature: 0.7, seed: 4 });
    expect(drawn.body.choices.map((choice) => choice.text)).toEqual([text]);
    const [whole] = await expected('call>', beams);
    const stopped = await ask(answers, { prompt: 'call', stop: whole.slice(1, 3) });
    expect(stopped.body.choices).toMatchObject([
      { text: whole.slice(0, whole.indexOf(whole.slice(1, 3))), finish_reason: 'stop' },
    ]);
  });

  it('cuts a long prompt like sample, and lists it', async () => {
    const long = 'call me ishmael some years ago never mind how long precisely';
    const { body, cut } = await ask(answers, { prompt: ['call', long] });
    expect(cut).toBe('1');
    const whole = answerDomain.encodePrompt(`${long}>`);
    const kept = whole.tokens.length - 43; // of 48, five are for the output
    const [text] = await expected(`${long.slice(kept)}>`, beams);
    expect(body.choices[1].text).toBe(text);
  });

  it('does not give back prompts', async () => {
    expect(await ask(answers, { prompt: 'call', echo: true })).toMatchObject({
      status: 400,
      body: {
        error: {
          param: 'echo',
          message:
            'echo: expected false, as outputs of answers do not continue the prompt, got true',
        },
      },
    });
  });

  it('is not started with fewer places than its beams', async () => {
    await expect(
      serveWhale({ batchSize: 2 }, { app: answerApp, domain: answerDomain }),
    ).rejects.toThrow(
      new RangeError('batchSize: expected at least 3, the beams of answers, got 2'),
    );
  });
});

describe('a domain of files', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  it('answers in base64, within its rules, and continues its own answer', async () => {
    const { body } = await ask(files, { seed: 5, max_letters: 6 });
    expect(body.choices).toMatchObject([
      { format: 'mid', encoding: 'base64', finish_reason: 'stop' },
    ]);
    const text = Buffer.from(body.choices[0].text, 'base64').toString();
    expect(text).toMatch(/^MThd[a-z]{6}$/);
    const next = await ask(files, { prompt: body.choices[0].text, seed: 6, max_letters: 3 });
    const longer = Buffer.from(next.body.choices[0].text, 'base64').toString();
    expect(longer).toMatch(new RegExp(`^${text}[a-z]{3}$`)); // a piece is shown from its beginning
    const plain = await ask(files, { prompt: text, seed: 6, max_letters: 3 });
    expect(plain.body.choices).toEqual(next.body.choices);
  });

  it("takes a file's content for a path on the command line", async () => {
    const { body } = await ask(files, { melody: base64('MThdcall'), seed: 5, max_letters: 2 });
    const text = Buffer.from(body.choices[0].text, 'base64').toString();
    expect(text).toMatch(/^MThdcall [a-z]{2}$/);
  });

  it.each<[Body, string, string]>([
    [{ melody: '/etc/passwd' }, 'melody', 'expected a file in base64, got other text'],
    [{ melody: 'AAAA' }, 'melody', 'expected MThd, got other bytes'],
    [{ melody: 'AAAA', prompt: 'a' }, 'prompt', 'expected nothing with melody, got "a"'],
    [{ melody: 4 }, 'melody', 'expected a file in base64, got 4'],
    [{ prompt: 'call' }, 'prompt', 'expected MThd, got other bytes'],
    [{ stop: 'a' }, 'stop', 'expected none, as outputs of files are files, got a list of 1'],
    [{ max_letters: 0 }, 'max_letters', 'expected an integer of at least 1, got 0'],
  ])('refuses %j', async (body, param, reason) => {
    expect(await ask(files, body)).toMatchObject({
      status: 400,
      body: { error: { param, message: `${param}: ${reason}` } },
    });
  });

  it('is sampled without its grammar on request, and by default with it', async () => {
    const fields = { seed: 5, max_letters: 6, max_tokens: 12 };
    const free = await ask(files, { seed: 5, max_tokens: 12, grammar: false });
    const from = whaleDomain.encodePrompt('');
    const options = { stopTokens: [END], maxNewTokens: 12, seed: 5 };
    const tokens: number[] = [];
    for await (const event of generate(files.served.model, from, options)) {
      if (event.kind === 'token') tokens.push(event.token);
    }
    expect(contentOf(free.body.choices[0])).toBe(`MThd${whaleDomain.decodeOutput(tokens)}`);
    expect(contentOf(free.body.choices[0])).not.toMatch(/^MThd[a-z]*$/);
    const ruled = await ask(files, fields);
    expect((await ask(files, { ...fields, grammar: true })).body.choices).toEqual(
      ruled.body.choices,
    );
    expect(contentOf(ruled.body.choices[0])).toMatch(/^MThd[a-z]{6}$/);
    expect(await ask(files, { ...fields, grammar: false })).toMatchObject({
      status: 400,
      body: {
        error: {
          param: 'max_letters',
          message: 'max_letters: expected nothing without the grammar, got 6',
        },
      },
    });
  });

  // After a z the grammar allows only the end, which `ignore_eos` removes.
  const stuckAtZ = { seed: 5, max_letters: 9, ignore_eos: true, max_tokens: 3 };

  it('refuses only the request whose filters leave no token', async () => {
    const [stuck, other] = await Promise.all([
      ask(files, { ...stuckAtZ, prompt: [[25], [25]] }),
      ask(files, { seed: 5, max_letters: 9 }),
    ]);
    expect(stuck).toMatchObject({
      status: 400,
      body: {
        error: {
          message: 'sampling: expected a token that grammar and filters allow, got none',
        },
      },
    });
    expect(contentOf(other.body.choices[0])).toMatch(/^MThd[a-z]{9}$/);
    expect(files.log.filter((line) => !line.startsWith('completion '))).toEqual([]);
  });

  it.each([{}, { num_beams: 2, temperature: 0 }])(
    'ends only the output of a request whose filters leave no token: %j',
    async (search) => {
      const { status, body } = await ask(files, {
        ...stuckAtZ,
        ...search,
        prompt: [[25], [0]],
      });
      expect(status).toBe(200);
      const [stuck, other] = body.choices;
      expect([stuck.finish_reason, contentOf(stuck)]).toEqual(['stop', 'MThdz']);
      expect([other.finish_reason, contentOf(other)]).toEqual([
        'length',
        expect.stringMatching(/^MThda[a-z]{3}$/),
      ]);
    },
  );

  it('returns the output up to the point where its filters leave no token', async () => {
    const { status, body } = await ask(files, { ...stuckAtZ, max_letters: 2 });
    expect(status).toBe(200);
    const [choice] = body.choices;
    expect([choice.finish_reason, contentOf(choice)]).toEqual([
      'stop',
      expect.stringMatching(/^MThd[a-z]{2}$/),
    ]);
  });
});
