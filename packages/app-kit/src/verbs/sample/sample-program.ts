import { extname } from 'node:path';

import { SAMPLING_SETTINGS } from '@ramble/core';

import { UsageError } from '../../cli/exit-errors.js';
import type { DomainCall, DomainProgram } from '../../cli/verb.js';
import { promptSettings } from '../../content/asked-prompts.js';
import { checkExtension } from '../../content/check-extension.js';
import { MODEL_FLAGS, type ModelFlags } from '../../model/model-flags.js';
import { openModel } from '../../model/open-model.js';
import { inOrder } from './in-order.js';
import { lookupNote } from './lookup-note.js';
import { outputRules, outputSettings } from './output-rules.js';
import { readPrompts, SAMPLE_PROMPT_FLAGS, type SamplePromptFlags } from './sample-prompts.js';
import { showSample, textWriter } from './show-sample.js';
import { slideNote } from './slide-note.js';
import { TOKEN_RULE_FLAGS, type TokenRuleFlags, tokenRules } from './token-rule-flags.js';
import { type Sample, writeSamples } from './write-samples.js';

export interface SampleFlags extends ModelFlags, SamplePromptFlags, TokenRuleFlags {
  readonly count: number;
  readonly stop?: readonly string[];
  readonly maxSeconds?: number;
  readonly batchSize: number;
  readonly grammar: boolean;
  readonly out?: string;
}

const { numBeams, nBest, lengthPenalty, lengthPenaltyForm, earlyStopping, ...SETTINGS } =
  SAMPLING_SETTINGS;
const BEAM_SETTINGS = { numBeams, nBest, lengthPenalty, lengthPenaltyForm, earlyStopping };

/**
 * `sample`: goes on from one or several prompts. One text is printed as it is written, after its
 * prompt where it goes on from it; with `--json` it is the new text alone. Other outputs become files.
 */
export const sampleProgram: DomainProgram<SampleFlags> = {
  flags: {
    ...MODEL_FLAGS,
    ...SAMPLE_PROMPT_FLAGS,
    count: {
      kind: 'integer',
      min: 1,
      default: 1,
      description: 'Outputs of each prompt, each with random numbers of its own.',
    },
    stop: {
      kind: 'list',
      derived: 'none',
      placeholder: 'text',
      description: 'Texts before which an output ends.',
    },
    maxSeconds: {
      kind: 'number',
      min: 0,
      exclusive: 'min',
      derived: 'no limit',
      description: 'Time after which whatever is unfinished ends.',
    },
    ...TOKEN_RULE_FLAGS,
    batchSize: {
      kind: 'integer',
      min: 1,
      default: 16,
      description: 'Most outputs that are written side by side; the others wait.',
    },
    grammar: {
      kind: 'boolean',
      default: true,
      description:
        'Let only follow what the rules of the domain allow; --no-grammar hears the model.',
    },
    out: {
      kind: 'string',
      placeholder: 'file',
      derived: 'a new file, where the output is not text',
      description: 'File for the output; several get numbers, song-1.mid.',
    },
  },
  settings: (app) => [
    { title: 'Choosing tokens', settings: SETTINGS },
    { title: 'Beam search', settings: BEAM_SETTINGS },
    ...promptSettings(app),
    ...outputSettings(app),
  ],
  run,
};

async function run(call: DomainCall<SampleFlags>): Promise<void> {
  const { app, flags, output, io } = call;
  const { count, out, maxSeconds, batchSize, stop: stopTexts = [] } = flags;
  checkStopTexts(call, stopTexts);
  checkExtension(app, out);
  const { config, grammar } = outputRules(call);
  const prompts = await readPrompts(app, flags, io.stdin, call.settings);
  const { domain, model } = await openModel(call);
  const begins = prompts.map(({ prompt }) => domain.encodePrompt(prompt));

  const outputsOfOne = config.numBeams > 1 ? config.nBest : count;
  const total = prompts.length * outputsOfOne;
  // In a stream an output goes on from its prompt; elsewhere it answers it.
  const echoOf = (prompt: number): string =>
    app.packing === 'stream' ? new TextDecoder().decode(prompts[prompt].content) : '';
  const show = async (sample: Sample, index: number): Promise<void> => {
    const prompt = Math.floor(index / outputsOfOne);
    const several = prompts.length > 1 ? { prompt } : {};
    await showSample(call, sample, { echo: echoOf(prompt), index, count: total, out, ...several });
  };
  const showsGrowth = app.streamOutput && total === 1 && out === undefined && !output.isJson;
  const growing = showsGrowth ? textWriter(call) : undefined;
  const finished = inOrder<Sample>();
  const guesses = { drafted: 0, accepted: 0 };
  const notes = new Set<string>(); // told at the end: not in the middle of a text that grows
  const options = {
    ...config,
    ...tokenRules(flags, domain.stopTokens, domain.vocabulary.size),
    ...(maxSeconds !== undefined && { timeLimit: { clock: io.clock, seconds: maxSeconds } }),
    count,
    batchSize,
    stopTexts,
    grammar: flags.grammar ? (grammar ?? domain.grammar) : undefined,
    extension: out === undefined ? undefined : extname(out),
  };
  await growing?.begin(echoOf(0));
  for await (const event of writeSamples({ app, domain, model }, begins, options)) {
    if (event.kind === 'text') await growing?.write(event.text);
    else if (event.kind === 'slide') notes.add(slideNote(model.config.contextLength, event.kept));
    else {
      const { sequence, sample } = event;
      guesses.drafted += sample.lookup?.drafted ?? 0;
      guesses.accepted += sample.lookup?.accepted ?? 0;
      if (!growing) for (const each of finished.add(sequence, sample)) await show(...each);
    }
  }
  await growing?.end();
  for (const each of finished.rest()) await show(...each);
  if (config.promptLookup > 0 && !output.isJson) notes.add(lookupNote(guesses));
  for (const note of notes) await output.note(note);
}

/** @throws UsageError for an empty text, or where outputs are no text that grows. */
function checkStopTexts(
  { app, command }: DomainCall<SampleFlags>,
  stopTexts: readonly string[],
): void {
  if (stopTexts.includes('')) throw new UsageError('--stop: expected a text, got an empty one');
  if (stopTexts.length > 0 && !app.streamOutput) {
    throw new UsageError(`--stop: expected outputs that are text, got those of ${command}`);
  }
}
