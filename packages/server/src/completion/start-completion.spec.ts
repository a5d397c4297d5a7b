import { generate, SAMPLING_SETTINGS } from '@ramble/core';
import type OpenAI from 'openai';

import { serveWhale, type Whale } from '../../test/serve-whale.js';
import { END, whaleDomain } from '../../test/whale-app.js';
import { fieldName, settingName } from '../request/fields.js';
import { parseRequest } from '../request/parse-request.js';

/** OpenAI's fields and further ones. */
type Params = OpenAI.CompletionCreateParamsNonStreaming & Readonly<Record<string, unknown>>;

let whale: Whale;
beforeAll(async () => {
  whale = await serveWhale();
});
afterAll(() => whale.close());

const call = { model: 'whale', prompt: 'call me', seed: 7 };

function complete(params: Partial<Params> = {}): Promise<OpenAI.Completion> {
  return whale.client.completions.create({ ...call, ...params });
}
async function textsOf(params: Partial<Params>): Promise<string[]> {
  return (await complete(params)).choices.map(({ text }) => text);
}

/** Outputs of the model without a server. */
async function alone(prompt: string, options: object): Promise<number[][]> {
  const all: number[][] = [];
  const from = whaleDomain.encodePrompt(prompt);
  const stopTokens = [END];
  for await (const event of generate(whale.served.model, from, { stopTokens, ...options })) {
    if (event.kind === 'token') (all[event.sequence] ??= []).push(event.token);
  }
  return all;
}

/** Joins the parts of a stream by choice. */
async function streamed(params: Partial<Params>): Promise<OpenAI.CompletionChoice[]> {
  const stream = await whale.client.completions.create({
    model: 'whale',
    prompt: 'call me',
    seed: 7,
    ...params,
    stream: true,
  });
  const choices: OpenAI.CompletionChoice[] = [];
  for await (const part of stream) {
    for (const { index, text, finish_reason, logprobs } of part.choices) {
      const before = choices.at(index) ?? { index, text: '', finish_reason, logprobs: null };
      choices[index] = {
        ...before,
        text: before.text + text,
        finish_reason,
        logprobs: logprobs && {
          tokens: [...(before.logprobs?.tokens ?? []), ...(logprobs.tokens ?? [])],
          token_logprobs: [
            ...(before.logprobs?.token_logprobs ?? []),
            ...(logprobs.token_logprobs ?? []),
          ],
          top_logprobs: [
            ...(before.logprobs?.top_logprobs ?? []),
            ...(logprobs.top_logprobs ?? []),
          ],
          text_offset: [...(before.logprobs?.text_offset ?? []), ...(logprobs.text_offset ?? [])],
        },
      };
    }
  }
  return choices;
}

describe('a completion', () => {
  it("equals the model's output for the seed, 16 tokens by default", async () => {
    const { choices, usage, ...head } = await complete({ temperature: 0.9, top_p: 0.8 });
    const [tokens] = await alone('call me', {
      maxNewTokens: 16,
      seed: 7,
      temperature: 0.9,
      topP: 0.8,
    });
    expect(tokens).toHaveLength(16);
    expect(choices).toEqual([
      { index: 0, text: whaleDomain.decodeOutput(tokens), logprobs: null, finish_reason: 'length' },
    ]);
    expect(usage).toEqual({ prompt_tokens: 7, completion_tokens: 16, total_tokens: 23 });
    expect(head).toMatchObject({ object: 'text_completion', model: 'whale' });
    expect(head.id).toMatch(/^cmpl-[\da-f-]{36}$/);
    expect(Math.abs(head.created - Date.now() / 1000)).toBeLessThan(60);
  });

  it('takes texts, token ids, and lists of both', async () => {
    const ids = (text: string): number[] => Array.from(whaleDomain.encodePrompt(text).tokens);
    const texts = await textsOf({ prompt: ['call me', 'ishmael'] });
    expect(texts).toEqual([...(await textsOf({})), ...(await textsOf({ prompt: 'ishmael' }))]);
    expect(await textsOf({ prompt: ids('ishmael') })).toEqual([texts[1]]);
    expect(await textsOf({ prompt: [ids('call me'), ids('ishmael')] })).toEqual(texts);
    expect(await textsOf({ prompt: null })).toEqual(await textsOf({ prompt: '' }));
  });

  it('has several outputs of each prompt, in order', async () => {
    const { choices } = await complete({ prompt: ['call me', 'ishmael'], n: 3, max_tokens: 4 });
    const one = await alone('call me', { count: 3, maxNewTokens: 4, seed: 7 });
    const two = await alone('ishmael', { count: 3, maxNewTokens: 4, seed: 7 });
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(choices.map(({ text }) => text)).toEqual(
      [...one, ...two].map((tokens) => whaleDomain.decodeOutput(tokens)),
    );
  });

  it('is greedy at temperature 0, and at top_p 0', async () => {
    const [tokens] = await alone('call me', { method: 'greedy', maxNewTokens: 16 });
    const text = whaleDomain.decodeOutput(tokens);
    expect(await textsOf({ temperature: 0 })).toEqual([text]);
    expect(await textsOf({ top_p: 0, seed: 8 })).toEqual([text]);
    expect(await textsOf({ temperature: 0, top_p: 0.9, top_k: 3 })).toEqual([text]);
    expect(await alone('call me', { temperature: 0, maxNewTokens: 16 })).toEqual([tokens]);
  });

  it('differs from one request to the next without a seed', async () => {
    // Without min_tokens, one answer in 33 ends at once, and two of the four are then the same.
    const params = { seed: undefined, min_tokens: 40, max_tokens: 40 };
    const texts = await Promise.all(Array.from({ length: 4 }, () => textsOf(params)));
    expect(new Set(texts.flat()).size).toBe(4);
  });

  it('ends before a stop text, wherever tokens begin and end', async () => {
    const [whole] = await textsOf({ max_tokens: 40 });
    const stop = whole.slice(11, 14);
    const { choices, usage } = await complete({ max_tokens: 40, stop: ['no such text', stop] });
    expect(choices[0]).toMatchObject({
      text: whole.slice(0, whole.indexOf(stop)),
      finish_reason: 'stop',
    });
    expect(usage?.completion_tokens).toBeLessThan(40);
    expect(await textsOf({ max_tokens: 40, stop })).toEqual([choices[0].text]);
  });

  it('ends at a stop token, which a bias can bring or forbid', async () => {
    const end = String(END);
    expect((await complete({ logit_bias: { [end]: 100 } })).choices[0]).toMatchObject({
      text: '',
      finish_reason: 'stop',
    });
    const { choices } = await complete({ max_tokens: 40, n: 3, logit_bias: { [end]: -100 } });
    expect(choices.map(({ finish_reason }) => finish_reason)).toEqual([
      'length',
      'length',
      'length',
    ]);
    expect(await textsOf({ logit_bias: { '4': 100 }, max_tokens: 5 })).toEqual(['eeeee']);
  });

  it('repeats itself less with penalties', async () => {
    const greedy = { temperature: 0, max_tokens: 40, logit_bias: { [String(END)]: -100 } };
    const different = (texts: string[]): number => new Set(texts[0]).size;
    const plain = different(await textsOf(greedy));
    expect(different(await textsOf({ ...greedy, frequency_penalty: 2 }))).toBeGreaterThan(plain);
    expect(await textsOf({ ...greedy, presence_penalty: 2 })).not.toEqual(await textsOf(greedy));
  });

  it.each<[Partial<Params>, object]>([
    [{ top_k: 3 }, { topK: 3 }],
    [{ min_p: 0.3 }, { minP: 0.3 }],
    [{ typical_p: 0.3 }, { typicalP: 0.3 }],
    [{ repetition_penalty: 8 }, { repetitionPenalty: 8 }],
    [
      { repeat_penalty: 8, repeat_last_n: 4 },
      { repetitionPenalty: 8, repetitionWindow: 4 },
    ],
  ])(
    "takes fields that OpenAI does not have, with generate's meaning: %j",
    async (params, options) => {
      const generateOptions = { maxNewTokens: 30, seed: 7 };
      const [tokens] = await alone('call me', { ...generateOptions, ...options });
      const text = whaleDomain.decodeOutput(tokens);
      expect(await textsOf({ max_tokens: 30, ...params })).toEqual([text]);
      expect(await textsOf({ max_tokens: 30 })).not.toEqual([text]);
    },
  );

  it('ends at no stop token before min_tokens', async () => {
    const logit_bias = { [END]: 100 };
    const { choices, usage } = await complete({ logit_bias, min_tokens: 12, max_tokens: 30 });
    expect([choices[0].finish_reason, usage?.completion_tokens]).toEqual(['stop', 12]);
  });

  it('ends at stop tokens of the request too', async () => {
    const generateOptions = { maxNewTokens: 30, seed: 7 };
    const [whole] = await alone('call me', generateOptions);
    const stop_token_ids = whole.slice(6, 8);
    const end = whole.findIndex((token) => stop_token_ids.includes(token));
    const { choices } = await complete({ max_tokens: 30, stop_token_ids });
    expect(choices[0]).toMatchObject({
      text: whaleDomain.decodeOutput(whole.slice(0, end)),
      finish_reason: 'stop',
    });
  });

  it('returns the most probable of best_of outputs', async () => {
    const params = { max_tokens: 6, logprobs: 0 };
    const all = (await complete({ ...params, n: 4 })).choices;
    const mean = ({ logprobs }: OpenAI.CompletionChoice): number => {
      const numbers = logprobs!.token_logprobs!;
      return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    };
    const ranked = [...all].sort((a, b) => mean(b) - mean(a)).map(({ text }) => text);
    const { choices, usage } = await complete({ ...params, n: 2, best_of: 4 });
    expect(choices.map(({ index, text }) => [index, text])).toEqual([
      [0, ranked[0]],
      [1, ranked[1]],
    ]);
    expect(usage?.completion_tokens).toBe(
      all.reduce((sum, { logprobs }) => sum + logprobs!.tokens!.length, 0),
    );
  });
});

describe('log-probabilities', () => {
  it("are the model's, with the most probable tokens and the offset of each", async () => {
    const { choices } = await complete({ logprobs: 2, max_tokens: 9, temperature: 0.5 });
    const [{ text, logprobs }] = choices;
    const from = whaleDomain.encodePrompt('call me');
    const events = generate(whale.served.model, from, {
      maxNewTokens: 9,
      seed: 7,
      temperature: 0.5,
    });
    const expected: number[] = [];
    for await (const event of events) {
      if (event.kind === 'token') expected.push(event.logProbability);
    }
    expect(logprobs!.token_logprobs).toHaveLength(9);
    for (const [i, number] of logprobs!.token_logprobs!.entries()) {
      expect(number).toBeCloseTo(expected[i], 9);
      const top = Object.entries(logprobs!.top_logprobs![i]);
      expect(top[0][1]).toBeGreaterThan(top[1][1]);
      expect(top[0][1]).toBeGreaterThanOrEqual(number);
      expect(logprobs!.top_logprobs![i][logprobs!.tokens![i]]).toBe(number);
      expect([2, 3]).toContain(top.length); // the chosen token may be among the two
    }
    const characters = Array.from(text);
    for (const [i, token] of logprobs!.tokens!.entries()) {
      if (!token.startsWith('0x')) expect(characters[logprobs!.text_offset![i]]).toBe(token);
    }
  });

  it('of a prompt come with echo, even without a token more', async () => {
    const params = { echo: true, logprobs: 1, seed: 7 };
    const [{ text, logprobs, finish_reason }] = (
      await complete({ ...params, prompt: 'call 🐋 me', max_tokens: 0 })
    ).choices;
    expect([text, finish_reason]).toEqual(['call 🐋 me', 'length']);
    expect(logprobs!.tokens).toEqual([
      ...['c', 'a', 'l', 'l', ' '],
      ...['0xF0', '0x9F', '0x90', '0x8B'],
      ...[' ', 'm', 'e'],
    ]);
    expect(logprobs!.text_offset).toEqual([0, 1, 2, 3, 4, 5, 5, 5, 5, 6, 7, 8]);
    expect(logprobs!.token_logprobs![0]).toBeNull();
    expect(logprobs!.top_logprobs![0]).toBeNull();
    // The probability of a token after a prompt equals its probability within one.
    const after = await complete({
      prompt: 'call 🐋 m',
      max_tokens: 1,
      logprobs: 5,
      logit_bias: { '4': 100 },
    });
    expect(after.choices[0].logprobs!.token_logprobs![0]).toBeCloseTo(
      logprobs!.token_logprobs![11],
      5,
    );
    const longer = (await complete({ ...params, prompt: 'call 🐋 me', max_tokens: 3 })).choices[0];
    expect(longer.text.startsWith('call 🐋 me')).toBe(true);
    expect(longer.logprobs!.tokens).toHaveLength(15);
    expect(longer.logprobs!.text_offset![12]).toBe(9);
    expect(longer.logprobs!.token_logprobs!.slice(0, 12)).toEqual(logprobs!.token_logprobs);
  });

  it('leave out tokens of a stop text', async () => {
    const params = { max_tokens: 40, logprobs: 0 };
    const [whole] = (await complete(params)).choices;
    const stop = whole.text.slice(11, 14);
    const [cut] = (await complete({ ...params, stop })).choices;
    const length = Array.from(cut.text).length;
    expect(cut.logprobs!.tokens).toEqual(
      whole.logprobs!.tokens!.filter((_, i) => whole.logprobs!.text_offset![i] < length),
    );
    expect(cut.logprobs!.top_logprobs).toBeNull();
  });
});

describe('a stream', () => {
  it('has the same text as a whole answer, in parts of whole characters', async () => {
    const params: Partial<Params> = {
      prompt: ['call me', '🐋'],
      n: 3,
      echo: true,
      max_tokens: 12,
      logprobs: 1,
      temperature: 2,
    };
    const whole = (await complete(params)).choices;
    expect(whole.map(({ text }) => text).join('')).toContain('🐋');
    expect(await streamed(params)).toEqual(whole);
    const [{ text }] = (await complete({ max_tokens: 40 })).choices;
    const stop = [text.slice(11, 14)];
    expect(await streamed({ max_tokens: 40, stop })).toEqual(
      (await complete({ max_tokens: 40, stop })).choices,
    );
  });

  it('ends with the usage on request', async () => {
    const stream = await whale.client.completions.create({
      model: 'whale',
      prompt: 'call me',
      seed: 7,
      max_tokens: 3,
      stream: true,
      stream_options: { include_usage: true },
    });
    const usages: unknown[] = [];
    for await (const { usage } of stream) usages.push(usage);
    expect(usages.pop()).toEqual({ prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 });
    expect(new Set(usages)).toEqual(new Set([null]));
  });
});

describe('a long output', () => {
  it('continues past the context with the same tokens as generate', async () => {
    const requestBody = { max_tokens: 130, n: 2, logit_bias: { [END]: -100 } };
    const bias = [{ tokens: [END], bias: -100 }];
    const options = { maxNewTokens: 130, count: 2, seed: 7, logitBias: bias };
    const { choices } = await complete(requestBody);
    const expected = await alone('call me', options);
    expect(choices.map(({ text, finish_reason }) => [text, finish_reason])).toEqual(
      expected.map((tokens) => [whaleDomain.decodeOutput(tokens), 'length']),
    );
    expect(expected[0]).toHaveLength(130);
  });

  it('continues a prompt that fills the context', async () => {
    const prompt = 'call me ishmael '.repeat(3);
    expect(prompt).toHaveLength(48);
    const [tokens] = await alone(prompt, { maxNewTokens: 20, seed: 7 });
    expect(await textsOf({ prompt, max_tokens: 20 })).toEqual([whaleDomain.decodeOutput(tokens)]);
  });
});

describe('beams', () => {
  const settings = { numBeams: 4, nBest: 3, lengthPenalty: 0.5, maxNewTokens: 12 };
  const params: Partial<Params> = {
    num_beams: 4,
    n: 3,
    length_penalty: 0.5,
    max_tokens: 12,
  };

  it('give the n best outputs as generate finds them, with their scores, streamed too', async () => {
    const prompts = ['call me', 'ishmael'];
    const expected: { text: string; score: number; length: number }[] = [];
    for (const prompt of prompts) {
      const tokens: number[][] = [[], [], []];
      const from = whaleDomain.encodePrompt(prompt);
      const stopTokens = [END];
      for await (const event of generate(whale.served.model, from, { ...settings, stopTokens })) {
        if (event.kind === 'token') tokens[event.sequence].push(event.token);
        if (event.kind === 'end') {
          const output = tokens[event.sequence];
          const text = whaleDomain.decodeOutput(output);
          expected.push({ text, score: event.score!, length: output.length });
        }
      }
    }
    const [{ choices, usage }, other] = await Promise.all([
      complete({ ...params, prompt: prompts, echo: true, logprobs: 0 }),
      textsOf({ max_tokens: 20 }), // requests that run at the same time
    ]);
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(choices).toMatchObject(
      expected.map(({ text, score }, i) => ({ text: prompts[Math.floor(i / 3)] + text, score })),
    );
    for (const { logprobs } of choices) {
      expect(logprobs!.token_logprobs!.slice(1).every((number) => number < 0)).toBe(true);
    }
    expect(usage?.completion_tokens).toBe(expected.reduce((sum, { length }) => sum + length, 0));
    expect(other).toEqual(await textsOf({ max_tokens: 20 }));
    const texts = (await streamed({ ...params, prompt: prompts })).map(({ text }) => text);
    expect(texts).toEqual(expected.map(({ text }) => text));
  });

  it("are requested by vLLM's names too: as many as best_of, else n", async () => {
    const search = async (beams: number, nBest: number): Promise<string[]> => {
      const options = { numBeams: beams, nBest, maxNewTokens: 12 };
      return (await alone('call me', options)).map((tokens) => whaleDomain.decodeOutput(tokens));
    };
    const requestBody = { use_beam_search: true, max_tokens: 12 };
    expect(await textsOf({ ...requestBody, n: 3 })).toEqual(await search(3, 3));
    expect(await textsOf({ ...requestBody, n: 2, best_of: 4 })).toEqual(await search(4, 2));
    expect(await textsOf({ ...requestBody, n: 2, num_beams: 5 })).toEqual(await search(5, 2));
    expect(
      await textsOf({ n: 2, best_of: 4, num_beams: 4, max_tokens: 12, temperature: 0 }),
    ).toEqual(await search(4, 2));
    const parts = await streamed({ ...requestBody, n: 2, best_of: 4 });
    expect(parts.map(({ text }) => text)).toEqual(await search(4, 2));
    expect(await streamed({ ...requestBody, n: 2, best_of: 4, max_tokens: 0 })).toHaveLength(2);
  });

  it('end before a stop text', async () => {
    const [whole] = await textsOf(params);
    const stop = whole.slice(2, 4);
    const { choices } = await complete({ ...params, stop });
    for (const { text } of choices) expect(text).not.toContain(stop);
    expect(choices.some(({ finish_reason }) => finish_reason === 'stop')).toBe(true);
  });
});

describe('prompt lookup', () => {
  const prompt = 'call me call me call me ';

  it.each<Partial<Params>>([
    { temperature: 0 },
    { temperature: 0, allowed_tokens: [4, 5] },
    { temperature: 0.5, n: 2, echo: true },
    { max_tokens: 90, suppressed_tokens: [END] },
  ])('writes the same: %j', async (params) => {
    const requestBody = { prompt, max_tokens: 40, ...params };
    expect(await textsOf({ ...requestBody, prompt_lookup: 6 })).toEqual(await textsOf(requestBody));
    expect(await streamed({ ...requestBody, seed: 7, prompt_lookup: 6 })).toMatchObject(
      (await textsOf(requestBody)).map((text) => ({ text })),
    );
  });

  it('returns the counts of generate, whichever name requests it', async () => {
    const requestBody = { prompt, max_tokens: 30, allowed_tokens: [4] };
    const from = whaleDomain.encodePrompt(prompt);
    const options = { maxNewTokens: 30, allowedTokens: [4], promptLookup: 5, seed: 7 };
    let counts: object | undefined;
    for await (const event of generate(whale.served.model, from, options)) {
      if (event.kind !== 'end' || !event.lookup) continue;
      const { drafted, accepted } = event.lookup;
      expect(accepted).toBeGreaterThan(9);
      counts = {
        accepted_prediction_tokens: accepted,
        rejected_prediction_tokens: drafted - accepted,
      };
    }
    for (const name of ['prompt_lookup', 'prompt_lookup_num_tokens', 'num_speculative_tokens']) {
      const { usage } = await complete({ ...requestBody, [name]: 5 });
      expect(usage).toMatchObject({ completion_tokens: 30, completion_tokens_details: counts });
    }
    expect((await complete(requestBody)).usage).not.toHaveProperty('completion_tokens_details');
  });
});

describe('every setting of sample', () => {
  it.each<[object, object]>([
    [{ method: 'greedy' }, { method: 'greedy' }],
    [{ method: 'random' }, {}],
    [{ top_h: 0.4 }, { topH: 0.4 }],
    [{ epsilon_cutoff: 0.03 }, { epsilonCutoff: 0.03 }],
    [{ eta_cutoff: 0.3 }, { etaCutoff: 0.3 }],
    [
      { stop_token_start: 2, stop_token_factor: 3 },
      { stopTokenStart: 2, stopTokenFactor: 3 },
    ],
    [{ allowed_tokens: [4, 5, 6] }, { allowedTokens: [4, 5, 6] }],
    [{ suppressed_tokens: [4, 5, 6] }, { suppressedTokens: [4, 5, 6] }],
    [{ begin_suppressed_tokens: [4, 5, 6] }, { beginSuppressedTokens: [4, 5, 6] }],
    [{ forced_last_token: 9 }, { forcedLastToken: 9 }],
    [
      { allowed_tokens: [4, 5], blocked_sequences: [[4, 5]] },
      { allowedTokens: [4, 5], blockedSequences: [[4, 5]] },
    ],
    [
      { max_tokens: 70, slide_share: 0.6 },
      { maxNewTokens: 70, slideShare: 0.6 },
    ],
    [
      { num_beams: 3, length_penalty_form: 'gnmt', length_penalty: 2 },
      { numBeams: 3, lengthPenaltyForm: 'gnmt', lengthPenalty: 2 },
    ],
    [
      { num_beams: 3, top_k: 4, renormalize_logits: true },
      { numBeams: 3, method: 'random', topK: 4, renormalizeLogits: true },
    ],
  ])('has the same effect in a request: %j', async (fields, options) => {
    const [text] = await textsOf(fields);
    const [tokens] = await alone('call me', { maxNewTokens: 16, seed: 7, ...options });
    expect(text).toBe(whaleDomain.decodeOutput(tokens));
  });

  it('is a field, by its own name in snake_case', () => {
    const names = Object.keys(SAMPLING_SETTINGS).map(fieldName);
    const unknown = names.filter((name) => {
      const { default: value } = SAMPLING_SETTINGS[settingName(name) as 'topK'];
      try {
        parseRequest({ [name]: name === 'method' ? 'random' : value });
        return false;
      } catch (error) {
        return /unknown field/.test(String(error));
      }
    });
    expect(unknown).toEqual([]);
  });
});

describe('clients of other servers', () => {
  it('get a header that names the fields without effect', async () => {
    const { data, response } = await whale.client.completions
      .create({
        model: 'whale',
        prompt: 'call me',
        seed: 7,
        user: 'ahab',
        cache_prompt: true,
        ignore_eos: false,
        response_format: { type: 'text' },
        mirostat: 0,
        n_probs: null,
        suffix: '',
      } as OpenAI.CompletionCreateParamsNonStreaming)
      .withResponse();
    expect(data.choices[0].text).toBe((await textsOf({}))[0]);
    expect(response.headers.get('x-ramble-ignored')).toBe(
      'user, cache_prompt, response_format, mirostat, suffix',
    );
    const plain = await whale.client.completions.create(call).withResponse();
    expect(plain.response.headers.has('x-ramble-ignored')).toBe(false);
  });

  it('may use the field names of other servers', async () => {
    const params = { max_tokens: 9, repetition_penalty: 8, top_k: 0, min_tokens: 2 };
    const others = { n_predict: 9, repeat_penalty: 8, top_k: -1, min_new_tokens: 2 };
    expect(await textsOf(others)).toEqual(await textsOf(params));
    expect(await textsOf({ seed: -1, temperature: 0 })).toEqual(await textsOf({ temperature: 0 }));
    expect(await textsOf({ num_return_sequences: 2 })).toHaveLength(2);
  });

  it.each([
    [
      { max_new_tokens: 5, temp: 0.7, typical: 0.9, rng_seed: 9, seed: undefined },
      { max_tokens: 5, temperature: 0.7, typical_p: 0.9, seed: 9 },
    ],
    [
      { num_predict: 12, stop_sequences: [' '] },
      { max_tokens: 12, stop: [' '] },
    ],
    [
      { predict: 6, suppress_tokens: [4, 5], eos_token_id: 6, min_new_tokens: 1 },
      { max_tokens: 6, suppressed_tokens: [4, 5], stop_token_ids: [6], min_tokens: 1 },
    ],
    [
      { beam_width: 3, n_best: 2, max_tokens: 4 },
      { num_beams: 3, n: 2, max_tokens: 4 },
    ],
    [
      { allowed_token_ids: [4, 5, 6], forced_eos_token_id: 7, begin_suppress_tokens: [4] },
      { allowed_tokens: [4, 5, 6], forced_last_token: 7, begin_suppressed_tokens: [4] },
    ],
  ])('mean the same by %j as by %j', async (others, own) => {
    expect(await textsOf(others as Partial<Params>)).toEqual(await textsOf(own));
  });

  it('never end if they ignore the end token', async () => {
    const logit_bias = { [END]: 100 };
    const [choice] = (await complete({ logit_bias, ignore_eos: true, max_tokens: 5 })).choices;
    expect([choice.finish_reason, choice.text.length]).toEqual(['length', 5]);
  });

  it('may have sixteen stop texts', async () => {
    const [whole] = await textsOf({ max_tokens: 40 });
    const never = Array.from({ length: 15 }, (_, i) => `no such text ${i}`);
    const stop = [...never, whole.slice(11, 14)];
    expect(await textsOf({ max_tokens: 40, stop })).toEqual([
      whole.slice(0, whole.indexOf(stop[15])),
    ]);
  });
});
