import {
  type AnyApp,
  type AnyDomain,
  createExplorer,
  samplingConfig,
  type TokenPrompt,
} from '@ramble/core';
import { streamOutputFeature } from '@ramble/core/app';
import type { NextToken } from '@ramble/core/sampling';
import { withPlainWord } from '@ramble/core/files';

import { PROMPT_FLAGS, promptSettings, readPrompt } from '../../content/prompt-flags.js';
import { formatShare } from '../../format/format-number.js';
import { formatTable } from '../../format/format-table.js';
import {
  DECODING_FLAGS,
  type OpenModel,
  openModel,
  SPECIAL_TOKENS_FLAG,
} from '../../model/open-model.js';
import { fittingPrompt } from '../../outputs/write-outputs.js';
import { UsageError } from '../../verb/exit-errors.js';
import { COUNT, type Flags, type FlagValues } from '../../verb/flag.js';
import { terminalText } from '../../verb/output.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';

const FLAGS = {
  ...DECODING_FLAGS,
  ...PROMPT_FLAGS,
  ...SPECIAL_TOKENS_FLAG,
  count: {
    ...COUNT,
    basic: true,
    derived: '10, or the size of a smaller vocabulary',
    description: 'Number of tokens to show.',
  },
  interactive: {
    kind: 'boolean',
    basic: true,
    derived: 'on a terminal',
    description: 'Pick tokens with the arrow keys; --no-interactive prints them once.',
  },
} as const satisfies Flags;

export type NextFlags = FlagValues<typeof FLAGS>;

/** Default number of tokens that are shown. */
const DEFAULT_COUNT = 10;

/**
 * `next`: prints the most probable next tokens, with their probabilities over the whole vocabulary. On a terminal
 * the user can pick one.
 */
export const nextProgram = {
  flags: FLAGS,
  settings: promptSettings,
  waitsFor: 'a prompt',
  run,
} satisfies DomainProgram<NextFlags>;

async function run(call: DomainCall<NextFlags>): Promise<void> {
  const { app, flags, output } = call;
  const keys = findKeys(call);
  const { prompt, content } = await readPrompt(call);
  const open = await openModel(call);
  const { domain, model } = open;
  const { size } = domain.vocabulary;
  const { count = Math.min(DEFAULT_COUNT, size) } = flags;
  if (count > size) {
    throw new UsageError(
      `--count: expected at most the ${size} tokens of the vocabulary, got ${count}`,
    );
  }
  const { maxNewTokens } = samplingConfig(app.sampling); // the prompt in the form of `sample`
  const begin = await fittingPrompt(call, open, prompt, maxNewTokens);
  if (keys) {
    const tokens = await explore(call, open, begin, count, keys());
    const hiddenTokens = content.length === 0 ? begin.tokens.length : 0; // an empty prompt also has tokens
    await output.print(spokenText(app, domain, tokens.slice(hiddenTokens)));
    return;
  }
  const tokens = createExplorer(model, domain.vocabulary).nextTokens(begin, count);
  if (output.isJson) await output.printJson({ tokens: tokens.map(withPlainWord) });
  else for (const line of nextLines(tokens)) await output.print(line);
}

/** Returns the function that reads keys for the interactive mode; `undefined` if the tokens are printed once. */
function findKeys({ flags, output, io }: DomainCall<NextFlags>): (typeof io)['keys'] {
  const { interactive, promptFile } = flags;
  const isTerminal = output.showsProgress && io.stdout.isTerminal && promptFile !== '-';
  const keys = isTerminal && !output.isJson ? io.keys : undefined;
  if (interactive === true && !keys) {
    throw new UsageError(
      '--interactive: expected a terminal and neither --json nor --quiet, got none',
    );
  }
  return interactive === false ? undefined : keys;
}

type ExploreCall = Pick<DomainCall<unknown>, 'app' | 'output'>;

const LEAVE = ['q', 'ctrl+c', 'ctrl+d'];

/**
 * Runs the interactive mode on a terminal: shows the next tokens, and appends the one that the user picks. Backspace
 * removes the last token, down to the first one or to the model's prefix.
 *
 * @returns the tokens of the prompt and the picked ones when the user leaves.
 */
async function explore(
  { app, output }: ExploreCall,
  { domain, model }: OpenModel,
  prompt: TokenPrompt,
  count: number,
  keys: AsyncIterable<string>,
): Promise<readonly number[]> {
  const explorer = createExplorer(model, domain.vocabulary);
  const tokens = Array.from(prompt.tokens);
  const { contextLength } = model.config;
  const minTokens = Math.max(1, prompt.prefixLength ?? 0);
  const most = model.decoder.hasPrefix ? contextLength : Infinity; // a model with a prefix cannot slide its window
  let next: NextToken[] = [];
  let picked = 0;
  let note = '';
  const ask = (): void => {
    const before = explorer.tokensRead;
    next = explorer.nextTokens({ ...prompt, tokens }, count);
    picked = 0;
    const read = explorer.tokensRead - before;
    note = `read ${read} of ${tokens.length} ${tokens.length === 1 ? 'token' : 'tokens'}`;
  };
  const show = (): void =>
    output.progress(choiceScreen({ text: spokenText(app, domain, tokens), next, picked, note }));

  ask();
  show();
  for await (const key of keys) {
    if (LEAVE.includes(key)) break;
    if (key === 'up') picked = Math.max(0, picked - 1);
    else if (key === 'down') picked = Math.min(next.length - 1, picked + 1);
    else if (key === 'return' && tokens.length < most) {
      tokens.push(next[picked].token);
      ask();
    } else if (key === 'backspace' && tokens.length > minTokens) {
      tokens.pop();
      ask();
    }
    show();
  }
  output.progress('');
  return tokens;
}

/** Width in characters of the bar for probability 1. */
const BAR = 24;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Formats the next tokens as lines: a heading, then a line for each token, the most probable first. */
function nextLines(tokens: readonly NextToken[]): string[] {
  const rows = tokens.map(({ token, word, probability, logit }) => {
    return [formatShare(probability, 2), logit.toFixed(3), `${token}`, word];
  });
  return formatTable([['probability', 'logit', 'id', 'token'], ...rows], 'rrrl');
}

/** State of the interactive mode that its screen shows. */
export interface Choice {
  /** Text of the tokens so far. */
  readonly text: string;
  readonly next: readonly NextToken[];
  /** Index of the token that Enter appends. */
  readonly picked: number;
  /** Line about the number of tokens that the model had to read. */
  readonly note: string;
}

/** Maximum number of shown characters of a text. */
const SHOWN = 600;

/** Formats a choice as a screen: the text so far, the candidates and the keys. */
function choiceScreen({ text, next, picked, note }: Choice): string {
  const shown = text.length > SHOWN ? `…${text.slice(-SHOWN)}` : text;
  const rows = formatTable(
    next.map(({ token, word, probability, logit }, i) => [
      i === picked ? '❯' : ' ',
      formatShare(probability, 2),
      bar(probability),
      `${token}`,
      logit.toFixed(3),
      word,
    ]),
    'lrlrrl',
  );
  const keys = '↑ ↓ pick · Enter appends · Backspace takes back · q leaves';
  return [`${shown}▏`, '', ...rows, '', keys, note].join('\n');
}

function bar(share: number): string {
  const eighths = Math.round(8 * BAR * share);
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

/** Control characters except line ends; they could move the cursor of a terminal. */
const CONTROLS = /(?!\n)\p{Cc}/gu;

/**
 * Returns tokens as text that is safe to show on a terminal. Bytes of an incomplete character at the end are shown as
 * `0xE2 0x80`. If the app's outputs are no text, returns the name of each token.
 */
export function spokenText(
  app: Pick<AnyApp, 'features'>,
  domain: AnyDomain,
  tokens: readonly number[],
): string {
  const describe = (token: number): string => domain.vocabulary.describe(token);
  const stream = streamOutputFeature.of(app)?.(domain);
  if (!stream) return tokens.map(describe).join(' ');
  let text = '';
  let waiting: string[] = [];
  for (const token of tokens) {
    const piece = stream.push(token);
    text += piece;
    waiting = piece === '' ? [...waiting, describe(token)] : [];
  }
  return terminalText(text + waiting.join(' '), CONTROLS);
}
