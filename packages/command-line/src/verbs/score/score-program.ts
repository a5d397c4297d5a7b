import { type AnyApp, type Model, scoreExample, type TokenExample } from '@ramble/core';
import { counted, unquoted } from '@ramble/core/files';

import { PROMPT_FLAGS, promptSettings, readPrompt } from '../../content/prompt-flags.js';
import { readContent, readPlaced } from '../../content/read-content.js';
import { tellRepairs } from '../../verb/output.js';
import { fitExample, isLong } from '../../data/encoded-examples.js';
import {
  FIELDS_FLAG,
  findGivenData,
  PARALLEL_FLAGS,
  refusedFields,
  refusedParallel,
} from '../../data/data-flags.js';
import { encoderOf } from '../../data/conversations.js';
import { readData } from '../../data/read-data.js';
import {
  MODEL_FLAGS,
  type OpenModel,
  openModel,
  SPECIAL_TOKENS_FLAG,
  zeroShotCall,
  zeroShotSettings,
} from '../../model/open-model.js';
import { cutExamplesWarning, fittingPrompt } from '../../outputs/write-outputs.js';
import { UsageError } from '../../verb/exit-errors.js';
import { type Flags, type FlagValues, OPTIONAL_FILE } from '../../verb/flag.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';

const FLAGS = {
  ...MODEL_FLAGS,
  ...PROMPT_FLAGS,
  ...SPECIAL_TOKENS_FLAG,
  output: {
    kind: 'string',
    basic: true,
    placeholder: 'text',
    derived: 'none',
    description: 'The output to score.',
  },
  outputFile: {
    ...OPTIONAL_FILE,
    basic: true,
    description: 'A file that is the output, or - for standard input.',
  },
  data: {
    kind: 'list',
    basic: true,
    derived: 'none',
    description: 'Files, folders or corpora of examples to score, in place of one output.',
  },
  ...FIELDS_FLAG,
  ...PARALLEL_FLAGS,
} as const satisfies Flags;

export type ScoreFlags = FlagValues<typeof FLAGS>;

type ScoreCall = DomainCall<ScoreFlags>;

/** `score`: prints the log-probability of given outputs for given prompts. */
export const scoreProgram = {
  flags: FLAGS,
  settings: (app: AnyApp) => [...promptSettings(app), ...zeroShotSettings(app)],
  refused: (app) => [
    ...refusedParallel(app),
    ...refusedFields(app),
    ...(app.readOutput ? [] : ['output', 'outputFile']),
  ],
  waitsFor: 'the text',
  run,
} satisfies DomainProgram<ScoreFlags>;

async function run(given: ScoreCall): Promise<void> {
  const call = await zeroShotCall(given);
  const { app, flags, output } = call;
  if (flags.data !== undefined || flags.source !== undefined || flags.target !== undefined) {
    checkAlone(flags);
    const data = await findGivenData(call);
    const opened = await openModel(call);
    const { domain, ...own } = encoderOf({ app, domain: opened.domain }, data);
    const open = { ...opened, domain };
    let [examples, cut] = [0, 0];
    const reading = {
      onSkip: (reason: string) => void output.warn(`left out: ${reason}`),
      onRepair: tellRepairs(output),
    };
    for await (const example of readData(app, data, reading)) {
      const encoded = domain.encodeExample(example);
      const place = { flag: data.flag, index: examples++ };
      const sequences = sequencesOf({ ...call, ...own }, open, encoded, place);
      if (sequences[0] !== encoded && isLong(encoded, open.model.config.contextLength)) cut++;
      for (const sequence of sequences) {
        await show(call, open, sequence, ({ lossWeights, outputStart = 0 }, i) => {
          return i >= outputStart && lossWeights[i] !== 0;
        });
      }
    }
    if (examples === 0) throw new Error(`${data.flag}: expected examples to score, got none`);
    const warning = cutExamplesWarning({ cut, examples }, domain, open.model.config);
    if (warning !== undefined) await output.warn(warning);
    return;
  }
  const { prompt } = await readPrompt(call);
  const content = await outputContent(call);
  const open = await openModel(call);
  const after = encodeOutput(call, open, content);
  if (after.length === 0) throw new UsageError('--output: expected at least one token, got none');
  checkOutputFits(open, after.length);
  // The prompt is cut as for training, which leaves space for the output.
  const fitted = await fittingPrompt(call, open, prompt, after.length, 0);
  const { tokens: before, prefixLength } = fitted;
  if (before.length === 0) throw new UsageError('--prompt: expected at least one token, got none');
  const tokens = [...Array.from(before), ...after];
  const example = { tokens, lossWeights: tokens.map(() => 1), prefixLength };
  await show(call, open, example, (_, i) => i >= before.length);
}

/** @throws RangeError if the domain cuts prompts and the output without a prompt does not fit into the context. */
function checkOutputFits({ domain, model }: OpenModel, outputLength: number): void {
  const { contextLength } = model.config;
  if (!domain.cutPrompt || outputLength < contextLength) return;
  throw new RangeError(
    `output: expected one that fits into the context of ${contextLength}, got ${outputLength} tokens`,
  );
}

/**
 * Returns the sequences of an example to score: the same sequences as in training if the app trains on separate
 * examples, otherwise the whole example.
 *
 * @throws RangeError if its output does not fit into the context.
 */
function sequencesOf(
  { app }: ScoreCall,
  { model, domain }: OpenModel,
  encoded: TokenExample,
  { flag, index }: { readonly flag: string; readonly index: number },
): readonly TokenExample[] {
  if (app.packing !== 'examples') return [encoded];
  const { contextLength } = model.config;
  const sequences = fitExample(domain, encoded, { contextLength, flag, index });
  if (sequences.length > 0) return sequences;
  throw new RangeError(
    `${flag}: expected an output that fits into the context of ${contextLength}, ` +
      `got one that does not (example ${index + 1})`,
  );
}

/** Prints the log-probability of the output's tokens, and with `--json` of each token. */
async function show(
  { output }: ScoreCall,
  { model, domain }: OpenModel,
  example: TokenExample,
  counts: (example: TokenExample, index: number) => boolean,
): Promise<void> {
  const scores = logProbabilities(model, example);
  const scored = Array.from(scores, (logProbability, i) => ({
    token: example.tokens[i + 1],
    word: unquoted(domain.vocabulary.describe(example.tokens[i + 1])),
    logProbability,
  })).filter((_, i) => counts(example, i + 1));
  const sum = scored.reduce((total, { logProbability }) => total + logProbability, 0);
  if (output.isJson) {
    await output.printJson({ logProbability: sum, tokens: scored });
    return;
  }
  const perplexity = Math.exp(-sum / scored.length).toPrecision(4);
  const many = counted(scored.length, 'token');
  await output.print(`${sum.toFixed(4)} nats, ${many}, perplexity ${perplexity}`);
}

/** @throws UsageError if `--data` and an output are both given. */
function checkAlone({ prompt, promptFile, output, outputFile }: ScoreFlags): void {
  const others = [prompt, promptFile, output, outputFile];
  if (others.every((value) => value === undefined)) return;
  throw new UsageError('--data: expected no prompt or output with it, got one');
}

async function outputContent({ flags, io }: ScoreCall): Promise<Uint8Array> {
  const { output, outputFile } = flags;
  if ((output === undefined) === (outputFile === undefined)) {
    const got = output === undefined ? 'neither' : 'both';
    throw new UsageError(
      `--output: expected one of --output, --output-file and --data, got ${got}`,
    );
  }
  return outputFile === undefined
    ? new TextEncoder().encode(output)
    : readContent(outputFile, io.stdin);
}

function encodeOutput(
  { app, command, flags, output }: ScoreCall,
  { domain }: OpenModel,
  content: Uint8Array,
): number[] {
  if (!app.readOutput || !domain.encodeOutput) {
    throw new UsageError(`--output: expected --data, the only input that ${command} can score`);
  }
  const readOutput = app.readOutput.bind(app);
  const placing = { name: 'output', place: flags.outputFile, output } as const;
  return Array.from(
    domain.encodeOutput(readPlaced((options) => readOutput(content, options), placing)),
  );
}

/**
 * Returns the log-probability of each token of an example except the first, given the tokens before it, in nats. An
 * example longer than the context is read in windows that overlap by half, so that after the first window every token
 * has at least half a context before it.
 *
 * @throws RangeError for fewer than two tokens, or an example with a prefix that does not fit.
 */
function logProbabilities(model: Model, example: TokenExample): Float64Array {
  const { contextLength } = model.config;
  const { length } = example.tokens;
  const isWhole = model.decoder.hasPrefix || length <= model.decoder.maxPositions + 1;
  if (isWhole) return scoreExample(model, example);
  const tokens = Array.from(example.tokens);
  const scores = new Float64Array(length - 1);
  const stride = Math.ceil(contextLength / 2);
  let known = 0;
  for (let start = 0; known < scores.length; start += stride) {
    const window = tokens.slice(start, start + contextLength + 1);
    const found = scoreExample(model, { tokens: window, lossWeights: window.map(() => 1) });
    scores.set(found.subarray(known - start), known);
    known = start + found.length;
  }
  return scores;
}
