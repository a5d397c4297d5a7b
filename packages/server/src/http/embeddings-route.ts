import { setImmediate } from 'node:timers/promises';

import { type AnyApp, checkSettings, embedPrompts, type TokenPrompt } from '@ramble/core';
import type { Setting } from '@ramble/core/app';
import { EMBEDDING_SETTINGS } from '@ramble/core/sampling';
import { isObject } from '@ramble/core/files';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { checkIds } from '../completion/plan-completion.js';
import { type DomainModel, readPrompt, tooLong } from '../completion/read-prompt.js';
import { domainFields, settingName } from '../request/fields.js';
import { inTypedName } from '../request/foreign-fields.js';
import { refusalOf, refuse, RequestError, siftIgnored } from '../request/ignored-fields.js';
import {
  type CompletionRequest,
  type GivenPrompt,
  parseRequest,
} from '../request/parse-request.js';
import {
  checkModel,
  chooseService,
  clientLeft,
  type CompletionService,
  OWN_HEADERS,
  stopWithReply,
} from './answer-request.js';

/** OpenAI's maximum number of inputs of a request. */
const MAX_INPUTS = 2048;

/**
 * Names that replace the names of fields in error messages. An input is read as a prompt, but the client knows the
 * field as `input`.
 */
const TYPED: ReadonlyMap<string, string> = new Map([['prompt', 'input']]);

const SETTINGS = {
  ...EMBEDDING_SETTINGS,
  encoding_format: {
    kind: 'choice',
    choices: ['float', 'base64'],
    default: 'float',
    description: 'Numbers, or their bytes as little-endian 32-bit floats in base64.',
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** The settings of a request, checked. */
interface EmbeddingSettings {
  readonly pooling: 'mean' | 'last';
  readonly dimensions?: number;
  readonly encoding_format: 'float' | 'base64';
}

interface EmbeddingsBody {
  readonly object: 'list';
  readonly data: readonly {
    readonly object: 'embedding';
    readonly index: number;
    readonly embedding: readonly number[] | string;
  }[];
  readonly model: string;
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

/** Makes the handler of `POST /v1/embeddings`: OpenAI's fields, `pooling`, and the domain's fields of prompts. */
export function embeddingsRoute(services: readonly CompletionService[]) {
  return async ({ body }: FastifyRequest, reply: FastifyReply): Promise<EmbeddingsBody> => {
    const { served, onStart, timeoutSeconds } = chooseService(services, body);
    const { request, settings } = parseBody(body, served);
    checkModel(services, request.model);
    const prompts = await encodeInputs(served, request);
    if (reply.raw.destroyed) throw clientLeft();
    const promptTokens = prompts.reduce((sum, { tokens }) => sum + tokens.length, 0);
    onStart(reply, { usage: { promptTokens, completionTokens: 0 }, startMs: performance.now() });
    const stop = new AbortController();
    stopWithReply(reply, { stop: (reason) => stop.abort(reason) }, timeoutSeconds);
    if (request.ignored.length > 0) reply.header(OWN_HEADERS.ignored, request.ignored.join(', '));
    const { pooling, dimensions, encoding_format } = settings;
    const options = { pooling, dimensions, signal: stop.signal };
    const vectors = await embedPrompts(served.model, prompts, options);
    return {
      object: 'list',
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: encoding_format === 'base64' ? base64Of(vector) : Array.from(vector),
      })),
      model: served.id,
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    };
  };
}

/**
 * Parses the body of a request for embeddings.
 *
 * @throws RequestError that names the field.
 */
function parseBody(
  body: unknown,
  { app, model }: DomainModel,
): { readonly request: CompletionRequest; readonly settings: EmbeddingSettings } {
  if (!isObject(body)) throw refuse('body', 'a JSON object', body);
  const { input, encoding_format, dimensions, pooling, ...others } = body;
  const own = domainFields(app);
  const { fields, ignored } = siftIgnored(others);
  const isFile = (name: string): boolean => own.files.includes(name);
  const unknown = Object.keys(fields).find((name) => !isFile(name) && !isOfPrompts(app, name));
  if (unknown !== undefined) {
    throw new RequestError(`${unknown}: unknown field of embeddings`, { field: unknown });
  }
  const table = { ...SETTINGS, dimensions: { ...SETTINGS.dimensions, max: model.config.nEmbd } };
  const settings = naming(() =>
    checkSettings<unknown>(table, { encoding_format, dimensions, pooling }),
  );
  const hasFile = Object.keys(fields).some((name) => isFile(name) && fields[name] !== null);
  if ((input ?? null) === null && !hasFile) {
    throw refuse('input', 'a text, token ids, or a list of one of them', input);
  }
  try {
    const request = parseRequest({ ...fields, prompt: input }, own);
    const { length } = request.prompts;
    if (length > MAX_INPUTS) throw refuse('prompt', `at most ${MAX_INPUTS} texts`, request.prompts);
    if (request.prompts.includes('')) throw refuse('prompt', 'texts, none of them empty', '');
    return { request: { ...request, ignored }, settings: settings as EmbeddingSettings }; // checked by the table
  } catch (error) {
    throw inTypedName(error, TYPED);
  }
}

/** Whether a field is `model` or a setting of the app's prompts, such as `to` of translation. */
function isOfPrompts({ prompting }: Pick<AnyApp, 'prompting'>, field: string): boolean {
  return field === 'model' || Object.hasOwn(prompting?.settings ?? {}, settingName(field));
}

/** Encodes inputs as prompts. Other work of the process runs between two of them. */
async function encodeInputs(
  served: DomainModel,
  request: CompletionRequest,
): Promise<TokenPrompt[]> {
  const prompts: TokenPrompt[] = [];
  try {
    for (const [i, given] of request.prompts.entries()) {
      if (i > 0) await setImmediate();
      prompts.push(await encodeInput(served, given, request));
    }
  } catch (error) {
    throw inTypedName(error, TYPED);
  }
  return prompts;
}

async function encodeInput(
  served: DomainModel,
  given: GivenPrompt,
  request: CompletionRequest,
): Promise<TokenPrompt> {
  const { contextLength } = served.model.config;
  const read =
    typeof given === 'string'
      ? await readPrompt(served, given, request)
      : { kind: 'asked' as const, prompt: { tokens: checkIds(served, given) } };
  if (read.kind === 'answered') throw refuse('prompt', 'one that the model reads', given);
  const { length } = read.prompt.tokens;
  if (length > contextLength) throw tooLong(contextLength, String(length));
  return read.prompt;
}

/** Runs a check of settings, and converts its error to a RequestError. */
function naming<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof Error ? refusalOf(error.message, error) : error;
  }
}

/** Returns the bytes of the numbers in base64, little-endian as on all machines that Node supports. */
function base64Of({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
