import { createTemplateRenderer, writeAnswer } from '@ramble/language/chat';
import {
  type Grammar,
  SAMPLING_SETTINGS,
  type SamplingConfig,
  samplingConfig,
  type TokenPrompt,
} from '@ramble/core';
import { type Setting, streamOutputFeature } from '@ramble/core/app';
import { CHAT_SAMPLING, chatSampling, type ChatTemplate } from '@ramble/core/domain';
import {
  type CheckedSampling,
  createScheduler,
  samplingRules,
  type SamplingRules,
  type Scheduler,
} from '@ramble/core/sampling';
import type { JsonObject } from '@ramble/core/files';

import { MODEL_FLAGS, type OpenModel, openModel } from '../../model/open-model.js';
import { type DomainCall, type DomainProgram, shellQuoted } from '../../verb/verb.js';
import { InterruptedError, UsageError } from '../../verb/exit-errors.js';
import {
  type Flags,
  type FlagValues,
  REPEATED,
  settingsIn,
  withDefaults,
} from '../../verb/flag.js';
import { CONSTRAINT_FLAGS, readConstraint } from '../sample/constraint-flags.js';
import { SEED_SETTING, TOKEN_RULE_FLAGS, tokenRules, withSeed } from '../sample/sampling-flags.js';
import {
  type ChatHistory,
  chatHistory,
  chatLines,
  messageOf,
  runChatCommand,
} from './chat-history.js';

const FLAGS = {
  ...MODEL_FLAGS,
  system: {
    kind: 'string',
    basic: true,
    placeholder: 'text',
    derived: "the template's own, if it has one",
    description: 'The system prompt: instructions to the model before the first turn.',
  },
  stop: {
    ...REPEATED,
    placeholder: 'text',
    description: 'A text that ends an answer and is left out of it; repeat the flag for several.',
  },
  templateVariable: {
    ...REPEATED,
    placeholder: 'name=value',
    description:
      'A variable of the chat template, such as enable_thinking=false for Qwen 3; repeat the flag for several.',
  },
  ...CONSTRAINT_FLAGS,
  ...TOKEN_RULE_FLAGS,
} as const satisfies Flags;

export type ChatFlags = FlagValues<typeof FLAGS>;

/**
 * Sampling settings that chat lacks: for beam search, several outputs, and outputs longer than the context, because an
 * answer ends with the context.
 */
const LEFT_OUT = [
  'numBeams',
  'nBest',
  'lengthPenalty',
  'lengthPenaltyForm',
  'earlyStopping',
  'renormalizeLogits',
  'slideShare',
];
/** Fraction of the context that is kept free for an answer. */
const ANSWER_SHARE = 1 / 4;

const MAX_NEW_TOKENS: Setting = {
  kind: 'integer',
  basic: true,
  min: 1,
  derived: 'as many as fit into the context',
  description: 'Maximum number of tokens of an answer.',
};
const SETTINGS: Readonly<Record<string, Setting>> = withDefaults(
  Object.fromEntries(
    Object.entries<Setting>({
      ...SAMPLING_SETTINGS,
      method: { ...SAMPLING_SETTINGS.method, derived: 'random' },
      seed: SEED_SETTING,
      maxNewTokens: MAX_NEW_TOKENS,
    }).filter(([name]) => !LEFT_OUT.includes(name)),
  ),
  CHAT_SAMPLING,
);

/**
 * `chat`: holds a conversation with an instruct model by its chat template. Lines are turns, typed at a terminal
 * or read from standard input; answers are printed as they are written.
 */
export const chatProgram: DomainProgram<ChatFlags> = {
  flags: FLAGS,
  settings: () => [{ title: 'Choosing tokens', settings: SETTINGS }],
  waitsFor: 'messages',
  run,
};

async function run(given: DomainCall<ChatFlags>): Promise<void> {
  const call = withSeed(given);
  const { flags, output, io } = call;
  const variables = parseVariables(flags.templateVariable ?? []);
  if (flags.stop?.includes('')) throw new UsageError('--stop: expected text, got an empty string');
  readSampling(call.settings); // before the model is read
  const open = await openModel(call);
  const template = templateOf(call, open);
  const renderer = createTemplateRenderer(template);
  const history = chatHistory(flags.system);
  const chat = {
    ...{ ...open, app: call.app, call, history, renderer, variables },
    rules: rulesOf(call, open, await readConstraint(call, open.domain)),
    scheduler: createScheduler(open.model, { batchSize: 1 }),
  };
  if (io.typed) await output.note('/help lists commands; Ctrl-D ends');
  let turn = 0;
  for await (const line of chatLines(io)) {
    const done = await runChatCommand(line, history, output);
    if (done === 'quit') return;
    if (done === 'message' && line.trim() !== '') await answer(chat, messageOf(line), turn++);
  }
}

/** A conversation with the objects that it needs. */
interface Chat extends Pick<OpenModel, 'domain' | 'model'> {
  readonly app: DomainCall<ChatFlags>['app'];
  readonly scheduler: Scheduler;
  readonly call: DomainCall<ChatFlags>;
  readonly history: ChatHistory;
  readonly renderer: ReturnType<typeof createTemplateRenderer>;
  readonly variables: JsonObject;
  readonly rules: SamplingRules;
}

/** Sends a message to the model, and prints the answer while it is sampled. */
async function answer(chat: Chat, message: string, number: number): Promise<void> {
  const { call, history, renderer, variables, domain, model, rules, scheduler } = chat;
  const { output, io, flags } = call;
  const { contextLength } = model.config;
  const asTokens = domain.allowSpecialTokens?.() ?? domain;
  const room = contextLength - Math.floor(ANSWER_SHARE * contextLength);
  history.say('user', message);
  const stop = new AbortController();
  const forget = io.onInterrupt(() => stop.abort());
  try {
    const encode = (text: string): TokenPrompt => asTokens.encodePrompt(text);
    const { prompt, leftOut } = history.prompt({ renderer, encode, room, variables });
    if (leftOut > 0) await output.note(`the context is full: ${leftOut} messages are left out`);
    const stream = streamOutputFeature.of(chat.app)?.(domain);
    if (!stream) throw new Error(`${chat.app.name}: expected outputs that are text, got others`);
    const written = writeAnswer(model, scheduler, stream, prompt, {
      rules,
      number,
      stopTexts: flags.stop ?? [],
      signal: stop.signal,
    });
    let next = await written.next();
    for (; !next.done; next = await written.next()) {
      if (!output.isJson) await output.write(next.value);
    }
    const { text, end, tokens } = next.value;
    history.say('assistant', text);
    if (output.isJson) {
      const { seed } = rules.config;
      await output.printJson({ text, end, promptTokens: prompt.tokens.length, tokens, seed });
    } else if (!text.endsWith('\n')) await output.write('\n');
  } catch (error) {
    history.takeBack();
    if (!io.typed || !(error instanceof Error)) throw error;
    await output.note(error.message); // the conversation continues
  } finally {
    forget();
  }
  if (stop.signal.aborted && !io.typed) throw new InterruptedError('stopped');
}

/** @throws Error with a remedy, for a model without a chat template. */
function templateOf(
  { app, command, flags }: Pick<DomainCall<ChatFlags>, 'app' | 'command' | 'flags'>,
  { domain, storage }: OpenModel,
): ChatTemplate {
  if (domain.chatTemplate && streamOutputFeature.of(app)) return domain.chatTemplate;
  throw new Error(
    `${storage.name}: expected a model with a chat template, got one without; ` +
      `to continue a prompt use ${command} sample --model ${shellQuoted(flags.model)}, ` +
      `or talk with an instruct model: ramble text chat --model smollm2-135m-instruct`,
  );
}

/** Returns the sampling settings: the given ones override the model's own. */
function readSampling(
  settings: DomainCall<unknown>['settings'],
  { sampling, ...usual }: Partial<SamplingConfig> & Pick<ChatTemplate, 'sampling'> = {},
): CheckedSampling {
  const given = settingsIn(SAMPLING_SETTINGS, settings);
  return samplingConfig({ ...usual, ...chatSampling({ sampling }, given) });
}

function rulesOf(
  { settings, flags }: Pick<DomainCall<ChatFlags>, 'settings' | 'flags'>,
  { domain, model }: OpenModel,
  constraint: Grammar<unknown> | undefined,
): SamplingRules {
  const sampling = readSampling(settings, {
    maxNewTokens: model.config.contextLength,
    sampling: domain.chatTemplate?.sampling,
  });
  const { size } = domain.vocabulary;
  return samplingRules(size, sampling, {
    ...tokenRules(flags, domain.stopTokens, size),
    constraint,
  });
}

/** Parses variables by name; a value is JSON, or else a text. */
function parseVariables(words: readonly string[]): JsonObject {
  const entries = words.map((word): [string, unknown] => {
    const [, name = '', value = ''] = /^([^=]+)=([^]*)$/.exec(word) ?? [];
    if (name === '') {
      throw new UsageError(`--template-variable: expected name=value, got ${word}`);
    }
    return [name, parseValue(value)];
  });
  return Object.fromEntries(entries);
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
