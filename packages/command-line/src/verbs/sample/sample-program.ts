import { extname } from 'node:path';

import { SAMPLING_SETTINGS } from '@ramble/core';
import { type Setting, streamOutputFeature } from '@ramble/core/app';
import { BEAM_SETTINGS, samplingRules } from '@ramble/core/sampling';

import {
  COUNT,
  type Flags,
  type FlagValues,
  POSITIVE,
  REPEATED,
  withDefaults,
} from '../../verb/flag.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { promptSettings } from '../../content/prompt-flags.js';
import { checkExtension } from '../../content/write-artifact.js';
import {
  learnedNothing,
  DECODING_FLAGS,
  openModel,
  SPECIAL_TOKENS_FLAG,
  zeroShotCall,
  zeroShotSettings,
} from '../../model/open-model.js';
import { companionFeature } from '../../verb/app-features.js';
import { BEST_OF_FLAG, checkBestOf } from './best-samples.js';
import { type SampleDisplay, sampleDisplay } from './show-sample.js';
import {
  checkStopTexts,
  chooseGrammar,
  openCompanion,
  outputRules,
  outputSampling,
  outputSettings,
  writtenExtensions,
} from './app-sampling.js';
import {
  knownSample,
  type SampleEvent,
  type SampleNotes,
  sampleNotes,
  writeSamples,
} from './write-samples.js';
import {
  modelFreeMethod,
  modelFreeSettings,
  sampleWithoutModel,
  withMethods,
} from './model-free.js';
import {
  CONSTRAINT_FLAGS,
  nothingLeft,
  readConstraint,
  SEED_SETTING,
  TOKEN_RULE_FLAGS,
  tokenRules,
  withSeed,
} from './sampling-flags.js';
import {
  givenPrompts,
  operandCall,
  planRead,
  readPrompts,
  SAMPLE_PROMPT_FLAGS,
} from './sample-prompts.js';
import { modelFreeFeature } from '../../verb/app-features.js';

const FLAGS = {
  ...DECODING_FLAGS,
  ...SAMPLE_PROMPT_FLAGS,
  ...SPECIAL_TOKENS_FLAG,
  count: {
    ...COUNT,
    basic: true,
    max: 1_000_000,
    default: 1,
    description: 'Number of outputs of each prompt, each with its own random numbers.',
  },
  ...BEST_OF_FLAG,
  stop: {
    ...REPEATED,
    basic: true,
    placeholder: 'text',
    description: 'A text that ends an output and is left out of it; repeat the flag for several.',
  },
  maxSeconds: {
    ...POSITIVE,
    derived: 'no limit',
    description: 'Seconds after which unfinished outputs end.',
  },
  ...CONSTRAINT_FLAGS,
  ...TOKEN_RULE_FLAGS,
  batchSize: {
    ...COUNT,
    default: 16,
    description: 'Maximum number of outputs in one batch; the others wait.',
  },
  longPrompts: {
    kind: 'choice',
    choices: ['cut', 'refuse'],
    default: 'cut',
    description: 'Handling of prompts that are too long for the context.',
  },
  grammar: {
    kind: 'boolean',
    derived: 'if the domain has rules',
    description:
      "Allow only tokens that meet the domain's constraints, if it has any; --no-grammar samples without them.",
  },
  out: {
    kind: 'string',
    basic: true,
    placeholder: 'file',
    derived: 'a new file, if the output is not text',
    description:
      'File for the output, replaced if it exists; several outputs are numbered: song-1.mid.',
  },
} as const satisfies Flags;

export type SampleFlags = FlagValues<typeof FLAGS>;

const OF_BEAMS: readonly string[] = ['numBeams', 'nBest', ...BEAM_SETTINGS];
const SETTINGS = settingsOf((name) => !OF_BEAMS.includes(name));
const SEARCH_SETTINGS = settingsOf((name) => OF_BEAMS.includes(name));

/**
 * `sample`: continues one or several prompts. A single text is printed while it is sampled, after its prompt;
 * `--json` prints only the new text. Other outputs become files.
 */
export const sampleProgram: DomainProgram<SampleFlags> = {
  operands: ['[prompt]'],
  flags: FLAGS,
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
  refused: (app) => (streamOutputFeature.of(app) ? [] : ['stop', ...Object.keys(CONSTRAINT_FLAGS)]),
  optional: (app) => (modelFreeFeature.of(app) ? ['model'] : []),
  waitsFor: 'prompts',
  run,
};

/** Returns the sampling settings whose names `isWanted` accepts. The seed among them is random by default. */
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
  const { count, bestOf, out, maxSeconds, batchSize, stop: stopTexts = [] } = flags;
  checkStopTexts(call, stopTexts);
  checkExtension('--out', writtenExtensions(app), out);
  const rules = outputRules(call);
  const { config } = rules;
  checkBestOf(bestOf, config);
  const companion = await openCompanion(companionFeature.of(app), call);
  const prompt = givenPrompts(flags.prompt, operands.at(0));
  const read = await readPrompts({ ...call, flags: { ...flags, prompt } });
  const opened = await openModel(call);
  const { domain, model } = opened;
  if (await learnedNothing(opened)) {
    await output.warn(
      'this is the checkpoint of step 0: the model is untrained, and its outputs are random',
    );
  }
  const grammar = chooseGrammar(call, rules.grammar?.(domain) ?? domain.grammar);
  const constraint = await readConstraint(call, domain);
  const planned = await planRead(call, domain, model, read.prompts, config.maxNewTokens);
  const { asked, answered } = planned;
  const display = sampleDisplay(call, { config, read, planned, domain });
  const { outputsOfOne } = display;
  const tokens = tokenRules(flags, domain.stopTokens, domain.vocabulary.size);
  const options = {
    rules: samplingRules(domain.vocabulary.size, config, { ...tokens, grammar, constraint }),
    ...(maxSeconds !== undefined && { timeLimit: { clock: io.clock, seconds: maxSeconds } }),
    ...{ count, bestOf, batchSize, stopTexts },
    asked: asked.map(({ number }) => read.prompts[number].prompt),
    ...{ extension: out === undefined ? undefined : extname(out), companion },
  };
  for (const { number, output: known } of answered) {
    const artifact = app.showOutput(known, options.extension);
    const sample = knownSample(artifact, await companion?.make(known));
    for (let i = 0; i < outputsOfOne; i++) await display.add(number * outputsOfOne + i, sample);
  }
  const notes = sampleNotes({
    contextLength: model.config.contextLength,
    restates: grammar?.restate !== undefined,
  });
  const indexOf = (sequence: number): number =>
    asked[Math.floor(sequence / outputsOfOne)].number * outputsOfOne + (sequence % outputsOfOne);
  const begins = asked.map((each) => each.prompt);
  const events = writeSamples({ app, domain, model }, begins, options);
  await showEvents(events, { display, notes, indexOf, flags });
  const isNewSeed = config.method === 'random' && given.settings.seed === undefined;
  const seed = isNewSeed ? config.seed : undefined;
  await notes.print(output, { total: display.total, hasLookup: config.promptLookup > 0, seed });
}

/** Shows outputs while they are written, and collects the notes for the end. */
async function showEvents(
  events: AsyncIterable<SampleEvent>,
  {
    display,
    notes,
    indexOf,
    flags,
  }: {
    readonly display: SampleDisplay;
    readonly notes: SampleNotes;
    readonly indexOf: (sequence: number) => number;
    readonly flags: SampleFlags;
  },
): Promise<void> {
  const { growing, total } = display;
  await growing?.begin();
  try {
    for await (const event of events) {
      if (event.kind === 'text') await growing?.write(event.text);
      else if (event.kind === 'slide') notes.addSlide(event.kept);
      else {
        const { sequence, sample } = event;
        const isStuck = sample.stop === 'nothing';
        if (isStuck && total === 1 && sample.tokens.length === 0) throw nothingLeft(flags);
        notes.addSample(sample);
        if (!growing) await display.add(indexOf(sequence), sample);
      }
    }
  } catch (error) {
    await growing?.cut(); // so that the error is on a separate line
    throw error;
  }
  await growing?.end();
  await display.end();
}
