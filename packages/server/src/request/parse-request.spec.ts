import { APIError } from 'openai';
import type OpenAI from 'openai';

import { CONTEXT, serveWhale, type Whale } from '../../test/serve-whale.js';

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
      'expected nothing, for this model writes at the end alone, got "end"',
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
      'expected a number that every logit can be divided by, got 1e-300; for the likeliest token send 0',
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
    [{ logit_bias: { '33': 1 } }, 400, 'logit_bias', 'expected token ids below 33, got 33'],
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
    [
      { n_predict: 3, max_tokens: 3 },
      400,
      'n_predict',
      'expected nothing beside max_tokens, got 3',
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
      'expected {"type":"text"}, which changes no output, got an object',
    ],
    [{ ignore_eos: 'yes' }, 400, 'ignore_eos', 'expected true or false, got "yes"'],
    [
      { num_beams: 17 },
      400,
      'num_beams',
      'expected at most the 16 beams that are written side by side, got 17',
    ],
    [{ num_beams: 2, n: 3 }, 400, 'n', 'expected at most num_beams (2), got 3'],
    [
      { num_beams: 4, n: 2, best_of: 3 },
      400,
      'best_of',
      'expected n (2) beside num_beams (4), got 3',
    ],
    [
      { num_beams: 2, logprobs: 1 },
      400,
      'logprobs',
      'expected at most 0 beside num_beams (2), got 1',
    ],
    [
      { num_beams: 9, prompt: new Array<string>(9).fill('call') },
      400,
      'num_beams',
      'expected at most 80 outputs of one request, got 81',
    ],
    [{ length_penalty: 2 }, 400, 'length_penalty', 'expected 1 without num_beams, got 2'],
    [{ early_stopping: true }, 400, 'early_stopping', 'expected false without num_beams, got true'],
    [
      { num_beams: 2, early_stopping: 'soon' },
      400,
      'early_stopping',
      'expected true, false or "never", got "soon"',
    ],
    [{ min_tokens: 17 }, 400, 'min_tokens', 'expected at most max_tokens (16), got 17'],
    [{ stop_token_ids: [33] }, 400, 'stop_token_ids', 'expected ids from 0 to 32, got 33'],
    [{ stop_token_ids: 4 }, 400, 'stop_token_ids', 'expected a list of token ids, got 4'],
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

  it('has a code for a prompt that is too long', async () => {
    await expect(complete({ prompt: 'a'.repeat(CONTEXT + 1) })).rejects.toMatchObject({
      code: 'context_length_exceeded',
    });
  });
});
