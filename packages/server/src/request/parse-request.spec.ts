import { APIError } from 'openai';
import type OpenAI from 'openai';

import { CONTEXT, serveWhale, type Whale } from '../../test/serve-whale.js';
import { parseRequest } from './parse-request.js';

type Params = OpenAI.CompletionCreateParamsNonStreaming;

let whale: Whale;
beforeAll(async () => {
  whale = await serveWhale();
});
afterAll(() => whale.close());

function complete(params: Partial<Params>): Promise<OpenAI.Completion> {
  return whale.client.completions.create({ model: 'whale', prompt: 'call me', ...params });
}

describe('a refusal', () => {
  it.each<[Partial<Params> & Record<string, unknown>, number, string, string]>([
    [{ model: 'shark' }, 404, 'model', 'expected whale, got shark'],
    [
      { suffix: 'end' },
      400,
      'suffix',
      'expected nothing, because this model only continues the end of a text, got "end"',
    ],
    [
      { temperature: 3 },
      400,
      'temperature',
      'expected a number of at least 0 and at most 2, got 3',
    ],
    [
      { temperature: [] as never },
      400,
      'temperature',
      'expected a number of at least 0 and at most 2, got a list of 0',
    ],
    [
      { temperature: 1e-300 },
      400,
      'temperature',
      'expected a number that every logit can be divided by, got 1e-300; 0 takes the most likely token',
    ],
    [{ temprature: 1 }, 400, 'temprature', 'unknown field. Did you mean temperature?'],
    [
      { seed: 2 ** 53 },
      400,
      'seed',
      'expected an integer of at least -1 and at most 9007199254740991, got 9007199254740992',
    ],
    [{ best_of: 1, n: 2 }, 400, 'best_of', 'expected at least n (2), got 1'],
    [{ stop: '' }, 400, 'stop', 'expected a text or a list of texts, none of them empty, got ""'],
    [
      { stop: new Array<string>(17).fill('a') },
      400,
      'stop',
      'expected at most 16 texts, got a list of 17',
    ],
    [{ logit_bias: { '33': 1 } }, 400, 'logit_bias', 'expected ids from 0 to 32, got 33'],
    [{ logit_bias: { e: 1 } }, 400, 'logit_bias', 'expected token ids, got "e"'],
    [{ logit_bias: { '4': 101 } }, 400, 'logit_bias', 'expected numbers from -100 to 100, got 101'],
    [{ prompt: [33] }, 400, 'prompt', 'expected ids from 0 to 32, got 33'],
    [
      { prompt: [] },
      400,
      'prompt',
      'expected a text, token ids, or a list of one of them, got a list of 0',
    ],
    [{ prompt: 'CALL' }, 400, 'prompt', 'expected small letters and whales, got CALL'],
    [
      { prompt: 'a'.repeat(49) },
      400,
      'prompt',
      'expected at most 48 tokens, which is the context, got 49',
    ],
    [
      { prompt: 'a'.repeat(500_000) },
      400,
      'prompt',
      'expected at most 48 tokens, which is the context, got more than 320',
    ],
    [
      { prompt: new Array<number>(49).fill(1) },
      400,
      'prompt',
      'expected at most 48 tokens, which is the context, got 49',
    ],
    [
      { stream_options: { include_usage: true } },
      400,
      'stream_options',
      'expected nothing without stream, got an object',
    ],
    [{ n: 81 }, 400, 'n', 'expected at most 80 outputs of one request, got 81'],
    [
      { n: 2 ** 53 - 1 },
      400,
      'n',
      'expected at most 80 outputs of one request, got 9007199254740991',
    ],
    [{ top_k: -2 }, 400, 'top_k', 'expected an integer of at least -1, got -2'],
    [{ n_predict: 'a' }, 400, 'n_predict', 'expected an integer of at least 0, got "a"'],
    [{ n_predict: 3, max_tokens: 3 }, 400, 'n_predict', 'expected nothing with max_tokens, got 3'],
    [
      { num_predict: 3, max_new_tokens: 3 },
      400,
      'max_new_tokens',
      'expected nothing with num_predict, got 3',
    ],
    [{ temp: 3 }, 400, 'temp', 'expected a number of at least 0 and at most 2, got 3'],
    [
      { messages: [{ role: 'user', content: 'hi' }] },
      400,
      'messages',
      'unknown field. Send it to /v1/chat/completions instead',
    ],
    [{ do_sample: true }, 400, 'do_sample', 'unknown field. Send "method": "random" instead'],
    [{ do_sample: false }, 400, 'do_sample', 'unknown field. Send "method": "greedy" instead'],
    [
      { max_length: 50 },
      400,
      'max_length',
      'unknown field. Send "max_tokens": 50 instead: it does not count the prompt',
    ],
    [
      { bad_words_ids: [[4]] },
      400,
      'bad_words_ids',
      'unknown field. Send "blocked_sequences": [[5,7]] instead: it names the ids of tokens: ramble text encode shows them',
    ],
    [
      { exponential_decay_length_penalty: [9, 1.1] },
      400,
      'exponential_decay_length_penalty',
      'unknown field. Send "stop_token_start": 50, "stop_token_factor": 1.05 instead: its two numbers are two settings',
    ],
    [
      { guidance_scale: 1.5 },
      400,
      'guidance_scale',
      'unknown field. Leave it out: guidance is not offered, as it needs the model a second time for each token',
    ],
    [
      { stop_token_start: 5 },
      400,
      'stop_token_start',
      'expected 0 with stop_token_factor (1), got 5',
    ],
    [
      { length_penalty_form: 'gnmt' },
      400,
      'length_penalty_form',
      'expected power with num_beams (1), got gnmt',
    ],
    [
      { renormalize_logits: true },
      400,
      'renormalize_logits',
      'expected false with num_beams (1), got true',
    ],
    [{ allowed_tokens: 'a' }, 400, 'allowed_tokens', 'expected a list of token ids, got "a"'],
    [{ suppress_tokens: [33] }, 400, 'suppressed_tokens', 'expected ids from 0 to 32, got 33'],
    [
      { blocked_sequences: [4] },
      400,
      'blocked_sequences',
      'expected a list of lists of token ids, [[5, 7]], got a list of 1',
    ],
    [
      { skip_special_tokens: false },
      400,
      'skip_special_tokens',
      'expected true, which changes no output, got false',
    ],
    [{ mirostat: 2 }, 400, 'mirostat', 'expected 0, which changes no output, got 2'],
    [
      { response_format: { type: 'json_object' } },
      400,
      'response_format',
      'no token of the vocabulary begins a text that meets it',
    ],
    [{ ignore_eos: 'yes' }, 400, 'ignore_eos', 'expected true or false, got "yes"'],
    [{ num_beams: 17 }, 400, 'num_beams', 'expected at most 16 beams in one batch, got 17'],
    [{ num_beams: 2, n: 3 }, 400, 'n', 'expected at most num_beams (2), got 3'],
    [{ num_beams: 4, n: 2, best_of: 3 }, 400, 'best_of', 'expected n (2) or num_beams (4), got 3'],
    [
      { use_beam_search: true },
      400,
      'use_beam_search',
      'expected best_of, n or num_beams above 1 with it, got true',
    ],
    [
      { use_beam_search: true, method: 'random', n: 3 },
      400,
      'use_beam_search',
      'expected num_beams above 1 with it, got true',
    ],
    [
      { use_beam_search: true, best_of: 17 },
      400,
      'best_of',
      'expected at most 16 beams in one batch, got 17',
    ],
    [
      { use_beam_search: true, n: 2, temperature: 0.7 },
      400,
      'temperature',
      'expected 1 with the method greedy, which samples nothing, got 0.7',
    ],
    [{ prompt_lookup: -1 }, 400, 'prompt_lookup', 'expected an integer of at least 0, got -1'],
    [
      { num_beams: 2, prompt_lookup: 4 },
      400,
      'prompt_lookup',
      'expected 0 with num_beams (2), got 4',
    ],
    [
      { grammar: false },
      400,
      'grammar',
      'expected nothing, as outputs of whale have no grammar, got false',
    ],
    [{ grammar: 'root' }, 400, 'grammar', 'grammar line 1: expected ::= after root, got the end'],
    [
      { num_beams: 2, logprobs: 1 },
      400,
      'logprobs',
      'expected at most 0 with num_beams (2), got 1',
    ],
    [
      { num_beams: 9, prompt: new Array<string>(9).fill('call') },
      400,
      'num_beams',
      'expected at most 80 outputs of one request, got 81',
    ],
    [
      { method: 'greedy', top_k: 4 },
      400,
      'top_k',
      'expected 0 with the method greedy, which samples nothing, got 4',
    ],
    [{ length_penalty: 2 }, 400, 'length_penalty', 'expected 1 with num_beams (1), got 2'],
    [
      { early_stopping: true },
      400,
      'early_stopping',
      'expected false with num_beams (1), got true',
    ],
    [
      { num_beams: 2, early_stopping: 'soon' },
      400,
      'early_stopping',
      'expected true, false or "never", got "soon"',
    ],
    [{ min_tokens: 17 }, 400, 'min_tokens', 'expected at most max_tokens (16), got 17'],
    [{ min_tokens: 1, max_tokens: 0 }, 400, 'min_tokens', 'expected at most max_tokens (0), got 1'],
    [{ stop_token_ids: [33] }, 400, 'stop_token_ids', 'expected ids from 0 to 32, got 33'],
    [{ stop_token_ids: '4' }, 400, 'stop_token_ids', 'expected a list of token ids, got "4"'],
    [
      { prompt: ['call', 'me'], n: 3, best_of: 41 },
      400,
      'best_of',
      'expected at most 80 outputs of one request, got 82',
    ],
    [
      { prompt: new Array<string>(81).fill('call') },
      400,
      'prompt',
      'expected at most 80 outputs of one request, got 81',
    ],
  ])('of %j has the status %d and names %s', async (params, status, param, reason) => {
    const error: unknown = await complete(params).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status, param, type: 'invalid_request_error' });
    expect((error as APIError).error).toMatchObject({ message: `${param}: ${reason}` });
  });

  it('is of a stream of more outputs than are returned, unless beams are searched', () => {
    const fields = { best_of: 3, stream: true };
    const message = 'best_of: expected n (1) in a stream, which cannot withdraw outputs, got 3';
    for (const beams of [{}, { num_beams: 1 }]) {
      expect(() => parseRequest({ ...fields, ...beams })).toThrow(message);
    }
    expect(parseRequest({ ...fields, num_beams: 3 })).toMatchObject({ best_of: 3 });
  });

  it('has a code for a prompt that is too long', async () => {
    await expect(complete({ prompt: 'a'.repeat(CONTEXT + 1) })).rejects.toMatchObject({
      code: 'context_length_exceeded',
    });
  });
});
