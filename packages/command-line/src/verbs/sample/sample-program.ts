import { extname } from 'node:path';

import { type AnyDomain, type Grammar, type Model, SAMPLING_SETTINGS } from '@ramble/core';
import { type Setting, streamOutputFeature } from '@ramble/core/app';
import { BEAM_SETTINGS, samplingRules } from '@ramble/core/sampling';

import { UsageError } from '../../verb/exit-errors.js';
import { withDefaults } from '../../verb/flag.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { promptSettings, type ReadPrompt } from '../../content/prompt-flags.js';
import { checkExtension } from '../../content/write-artifact.js';
import { learnedNothing, zeroShotCall, zeroShotSettings } from '../../model/zero-shot.js';
import { MODEL_FLAGS, type ModelFlags, openModel } from '../../model/open-model.js';
import { SPECIAL_TOKENS_FLAG, type SpecialTokensFlag } from '../../model/open-domain.js';
import {
  cutPromptsWarning,
  longPrompts,
  type PlannedPrompts,
  planPrompts,
} from '../../outputs/plan-prompts.js';
import { inOrder, showSample, textWriter } from './show-sample.js';
import { lookupNote, slideNote } from './sample-notes.js';
import {
  modelFreeMethod,
  modelFreeSettings,
  sampleWithoutModel,
  withMethods,
} from './model-free.js';
import {
  nothingLeft,
  TOKEN_RULE_FLAGS,
  type TokenRuleFlags,
  tokenRules,
} from './token-rule-flags.js';
import {
  operandCall,
  readPrompts,
  SAMPLE_PROMPT_FLAGS,
  type SamplePromptFlags,
} from './sample-prompts.js';
import {
  openCompanion,
  outputRules,
  outputSampling,
  outputSettings,
  writtenExtensions,
} from './app-sampling.js';
import { SEED_SETTING, withSeed } from './sample-seed.js';
import { knownSample, type Sample, writeSamples } from './write-samples.js';
import { oneLineFeature, modelFreeFeature } from './sample-features.js';

export interface SampleFlags
  extends ModelFlags, SamplePromptFlags, SpecialTokensFlag, TokenRuleFlags {
  readonly count: number;
  readonly stop?: readonly string[];
  readonly maxSeconds?: number;
  readonly batchSize: number;
  readonly longPrompts: 'cut' | 'refuse';
  readonly grammar?: boolean;
  readonly out?: string;
}

const OF_BEAMS: readonly string[] = ['numBeams', 'nBest', ...BEAM_SETTINGS];
const SETTINGS = settingsOf((name) => !OF_BEAMS.includes(name));
const SEARCH_SETTINGS = settingsOf((name) => OF_BEAMS.includes(name));

/**
 * `sample`: continues one or several prompts. A single text is printed while it is sampled, after the prompt
 * that it continues; `--json` gives the new text alone. Other outputs become files.
 */
export const sampleProgram: DomainProgram<SampleFlags> = {
  operands: ['[prompt]'],
  flags: {
    ...MODEL_FLAGS,
    ...SAMPLE_PROMPT_FLAGS,
    ...SPECIAL_TOKENS_FLAG,
    count: {
      kind: 'integer',
      basic: true,
      min: 1,
      max: 1_000_000,
      default: 1,
      description: 'Number of outputs of each prompt, each with its own random numbers.',
    },
    stop: {
      kind: 'list',
      basic: true,
      repeats: true,
      derived: 'none',
      placeholder: 'text',
      description: 'A text that ends an output and is left out of it; repeat the flag for several.',
    },
    maxSeconds: {
      kind: 'number',
      min: 0,
      exclusive: 'min',
      derived: 'no limit',
      description: 'Seconds after which unfinished outputs end.',
    },
    ...TOKEN_RULE_FLAGS,
    batchSize: {
      kind: 'integer',
      min: 1,
      default: 16,
      description: 'Maximum number of outputs in one batch; the others wait.',
    },
    longPrompts: {
      kind: 'choice',
      choices: ['cut', 'refuse'],
      default: 'cut',
      description: 'What to do with prompts that are too long for the context.',
    },
    grammar: {
      kind: 'boolean',
      derived: 'where the domain has rules',
      description:
        "Allow only tokens that meet the domain's constraints, if it has any; --no-grammar samples without them.",
    },
    out: {
      kind: 'string',
      basic: true,
      placeholder: 'file',
      derived: 'a new file, where the output is not text',
      description:
        'File for the output, replaced if it exists; several outputs are numbered: song-1.mid.',
    },
  },
  settings: (app) => [
    {
      title: 'Choosing tokens',
      settings: withMethods(withDefaults(SETTINGS, outputSampling(app)), app),
    },
    { title: 'Beam search', settings: withDefaults(SEARCH_SETTINGS, outputSampling(app)) },
    ...modelFreeSettings(app),
    ...promptSettings(app),
    ...outputSettings(app),
    ...zeroShotSettings(app),
  ],
  refused: (app) => (streamOutputFeature.of(app) ? [] : ['stop']),
  optional: (app) => (modelFreeFeature.of(app) ? ['model'] : []),
  waitsFor: 'prompts',
  run,
};

/** The sampling settings with these names; the seed is a new one each time unless given. */
function settingsOf(isWanted: (name: string) => boolean): Readonly<Record<string, Setting>> {
  const settings = { ...SAMPLING_SETTINGS, seed: SEED_SETTING };
  return Object.fromEntries(Object.entries(settings).filter(([name]) => isWanted(name)));
}

async function run(given: DomainCall<SampleFlags>): Promise<void> {
  const method = modelFreeMethod(given);
  if (method !== undefined) {
    const prompt = givenPrompts(given.flags.prompt, given.operands.at(0));
    await sampleWithoutModel({ ...given, flags: { ...given.flags, prompt } }, method);
    return;
  }
  const call = operandCall(withSeed(await zeroShotCall(given)));
  const { app, flags, output, io, operands } = call;
  const { count, out, maxSeconds, batchSize, stop: stopTexts = [] } = flags;
  checkStopTexts(call, stopTexts);
  checkExtension('--out', writtenExtensions(app), out);
  const rules = outputRules(call);
  const { config } = rules;
  const companion = await openCompanion(call);
  const prompt = givenPrompts(flags.prompt, operands.at(0));
  const { prompts, areLines } = await readPrompts({ ...call, flags: { ...flags, prompt } });
  const opened = await openModel(call);
  const { domain, model } = opened;
  if (await learnedNothing(opened)) {
    await output.warn(
      'this is the checkpoint of step 0: the model is untrained, and its outputs are random',
    );
  }
  const grammar = chooseGrammar(call, rules.grammar?.(domain) ?? domain.grammar);
  const { asked, answered, cut } = await plan(call, domain, model, prompts, config.maxNewTokens);

  const outputsOfOne = config.numBeams > 1 ? config.nBest : count;
  const total = prompts.length * outputsOfOne;
  // In a stream an output continues its prompt; elsewhere it answers it.
  const echoOf = (prompt: number): string =>
    app.packing === 'stream' ? new TextDecoder().decode(prompts[prompt].content) : '';
  const areNumbered = areLines || prompts.length > 1;
  const isLineByLine = app.packing === 'examples' && areNumbered;
  const numbering = isLineByLine ? (outputsOfOne === 1 ? 'alone' : 'numbered') : undefined;
  const lineForm = oneLineFeature.of(app) ? 'alone' : numbering;
  const show = async (sample: Sample, index: number): Promise<void> => {
    const prompt = Math.floor(index / outputsOfOne);
    const shortened = cut.find(({ number }) => number === prompt);
    await showSample(call, sample, {
      echo: echoOf(prompt),
      index,
      count: total,
      out,
      lines: lineForm,
      ...(areNumbered && { prompt: prompt + 1 }),
      ...(config.method === 'random' && { seed: config.seed }),
      ...(shortened && {
        cut: { rule: domain.cutRule, tokens: shortened.tokens, kept: shortened.kept },
      }),
    });
  };
  const showsGrowth =
    streamOutputFeature.of(app) &&
    total === 1 &&
    lineForm === undefined &&
    out === undefined &&
    !output.isJson;
  const growing = showsGrowth ? textWriter(call) : undefined;
  const finished = inOrder<Sample>();
  const guesses = { drafted: 0, accepted: 0 };
  let stuck = 0;
  const notes = new Set<string>(); // told at the end: not in the middle of a text that grows
  const tokens = tokenRules(flags, domain.stopTokens, domain.vocabulary.size);
  const options = {
    rules: samplingRules(domain.vocabulary.size, config, { ...tokens, grammar }),
    ...(maxSeconds !== undefined && { timeLimit: { clock: io.clock, seconds: maxSeconds } }),
    count,
    batchSize,
    stopTexts,
    asked: asked.map(({ number }) => prompts[number].prompt),
    extension: out === undefined ? undefined : extname(out),
    companion,
  };
  for (const { number, output: known } of answered) {
    const artifact = app.showOutput(known, options.extension);
    const sample = knownSample(artifact, await companion?.make(known));
    for (let i = 0; i < outputsOfOne; i++) {
      for (const each of finished.add(number * outputsOfOne + i, sample)) await show(...each);
    }
  }
  await growing?.begin(echoOf(0));
  const begins = asked.map(({ prompt }) => prompt);
  const restates = grammar?.restate !== undefined;
  try {
    for await (const event of writeSamples({ app, domain, model }, begins, options)) {
      if (event.kind === 'text') await growing?.write(event.text);
      else if (event.kind === 'slide') {
        const { contextLength } = model.config;
        notes.add(slideNote({ contextLength, kept: event.kept, restates }));
      } else {
        const { sequence, sample } = event;
        guesses.drafted += sample.lookup?.drafted ?? 0;
        guesses.accepted += sample.lookup?.accepted ?? 0;
        if (sample.stop === 'nothing') {
          if (total === 1 && sample.tokens.length === 0) throw nothingLeft(flags);
          stuck++;
        }
        const index =
          asked[Math.floor(sequence / outputsOfOne)].number * outputsOfOne +
          (sequence % outputsOfOne);
        if (!growing) for (const each of finished.add(index, sample)) await show(...each);
      }
    }
  } catch (error) {
    await growing?.cut(); // so that the error has a line of its own
    throw error;
  }
  await growing?.end();
  for (const each of finished.rest()) await show(...each);
  if (config.promptLookup > 0 && !output.isJson) notes.add(lookupNote(guesses));
  if (stuck > 0) {
    const some = total === 1 ? 'the output' : `${stuck} of ${total} outputs`;
    await output.warn(`${some} ended where grammar and filters allow no token`);
  }
  if (config.method === 'random' && given.settings.seed === undefined && !output.isJson) {
    notes.add(`seed ${config.seed}`);
  }
  for (const note of notes) await output.note(note);
}

/**
 * Returns the grammar, unless `--no-grammar` turns it off.
 *
 * @throws UsageError for a grammar flag if the domain has no grammar.
 */
function chooseGrammar(
  { flags, command }: DomainCall<SampleFlags>,
  grammar: Grammar<unknown> | undefined,
): Grammar<unknown> | undefined {
  if (flags.grammar !== undefined && !grammar) {
    const flag = flags.grammar ? '--grammar' : '--no-grammar';
    throw new UsageError(
      `${flag}: expected a domain with a grammar, got ${command}, which has none`,
    );
  }
  return flags.grammar === false ? undefined : grammar;
}

/** @throws UsageError for a prompt that is given both as a word and by the flag. */
function givenPrompts(
  prompt: readonly string[] | undefined,
  word: string | undefined,
): readonly string[] | undefined {
  if (word === undefined) return prompt;
  if (prompt !== undefined) {
    throw new UsageError(
      `--prompt: expected the prompt once, got ${word} too; a text of several words needs quotes`,
    );
  }
  return [word];
}

/** Plans the prompts for the model, and warns about prompts that were cut. */
async function plan(
  { app, flags, output }: DomainCall<SampleFlags>,
  domain: AnyDomain,
  { config, decoder }: Model,
  prompts: readonly ReadPrompt[],
  maxNewTokens: number,
): Promise<PlannedPrompts> {
  const given = prompts.map(({ prompt }) => prompt);
  const planned = planPrompts(app, domain, decoder, given, maxNewTokens);
  const problem = longPrompts(planned);
  if (problem !== undefined && flags.longPrompts === 'refuse') {
    throw new RangeError(
      `longPrompts: expected prompts that leave room for an output in a context of ${config.contextLength}, got longer ones: ${problem}`,
    );
  }
  const warning = cutPromptsWarning(planned, domain, config);
  if (warning !== undefined) await output.warn(warning);
  return planned;
}

/** @throws UsageError for an empty text, or where outputs are no text that grows. */
function checkStopTexts(
  { app, command }: DomainCall<SampleFlags>,
  stopTexts: readonly string[],
): void {
  if (stopTexts.includes('')) throw new UsageError('--stop: expected text, got an empty string');
  if (stopTexts.length > 0 && !streamOutputFeature.of(app)) {
    throw new UsageError(
      `--stop: expected an app with streamOutput(domain), which writes outputs as text piece by piece, got ${command} without it`,
    );
  }
}
