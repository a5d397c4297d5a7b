import { basename } from 'node:path';

import { type AnyApp, modelConfig, SAMPLING_SETTINGS, samplingConfig } from '@ramble/core';
import { scoringFeature } from '@ramble/core/app';
import { withConfig } from '@ramble/core/model';

import { checkExtension, writeArtifact } from '../../content/write-artifact.js';
import { findGivenData, refusedFields, refusedParallel } from '../../data/data-flags.js';
import type { FoundData } from '../../data/find-data.js';
import { formatCount } from '../../format/format-number.js';
import {
  DECODING_FLAGS,
  type ModelFlags,
  type OpenModel,
  openModel,
  zeroShotCall,
  zeroShotSettings,
} from '../../model/open-model.js';
import { UsageError } from '../../verb/exit-errors.js';
import { flagName, withDefaults } from '../../verb/flag.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { modelFreeMethod, modelFreeSettings, withMethods } from '../sample/model-free.js';
import { modelFreeFeature } from '../../verb/app-features.js';
import {
  firstCharactersFeature,
  lastWordFeature,
  statisticsFeature,
} from '../../verb/evaluate-features.js';
import { type Comparison, comparisonFigures } from './comparison.js';
import { countLearned, countTargets, type LearnedCounts } from './target-counts.js';
import { evaluateWithoutModel, MEASURE_FLAGS, type MeasureFlags } from './evaluate-model-free.js';
import { type EvaluationReport, reportJson, reportLines } from './evaluation-report.js';
import { choiceLines, findChoices, measureChoices } from './measure-choices.js';
import { measureLastWords } from './measure-last-words.js';
import { measureTokens } from './measure-tokens.js';

export type EvaluateFlags = ModelFlags & MeasureFlags;

const { method, minNewTokens, maxNewTokens, noRepeatNgramSize } = SAMPLING_SETTINGS;
const { numBeams, lengthPenalty, lengthPenaltyForm, earlyStopping } = SAMPLING_SETTINGS;
const WRITING = {
  ...{ method, minNewTokens, maxNewTokens, noRepeatNgramSize },
  ...{ numBeams, lengthPenalty, lengthPenaltyForm, earlyStopping },
};

/** `evaluate`: measures the mean loss over data, or over its last words, with baselines. */
export const evaluateProgram = {
  flags: {
    ...DECODING_FLAGS,
    ...MEASURE_FLAGS,
  },
  settings: (app: AnyApp) => [
    ...(scoringFeature.of(app)
      ? [
          {
            title: 'Outputs to score',
            settings: withMethods(withDefaults(WRITING, app.sampling), app),
          },
          ...modelFreeSettings(app),
        ]
      : []),
    ...zeroShotSettings(app),
  ],
  refused,
  optional: (app: AnyApp) => (modelFreeFeature.of(app) && scoringFeature.of(app) ? ['model'] : []),
  waitsFor: 'data',
  run,
} satisfies DomainProgram<EvaluateFlags>;

function refused(app: AnyApp): (keyof EvaluateFlags)[] {
  return [
    ...refusedParallel(app),
    ...refusedFields(app),
    ...(app.packing === 'examples' ? (['stride'] as const) : []),
    ...(app.packing === 'stream' && !lastWordFeature.of(app) ? (['maxExamples'] as const) : []),
    ...(app.packing === 'stream' ? [] : (['memory'] as const)),
    ...(firstCharactersFeature.of(app) ? [] : (['maxCharacters'] as const)),
    ...(statisticsFeature.of(app) ? [] : (['samples', 'sampleTokens', 'out'] as const)),
    ...(lastWordFeature.of(app) ? [] : (['lastWord', 'choices'] as const)),
    ...(scoringFeature.of(app) ? [] : (['outputScores'] as const)),
  ];
}

/**
 * Returns the model with another memory length, on which no parameter depends.
 *
 * @throws RangeError for a model without memory.
 */
function withMemory(open: OpenModel, memory: number | undefined): OpenModel {
  if (memory === undefined) return open;
  const { model } = open;
  return { ...open, model: withConfig(model, modelConfig({ ...model.config, memory })) };
}

/** @throws UsageError for flags that have no effect together with `--last-word` or `--choices`. */
function checkBeside(measure: 'lastWord' | 'choices', flags: EvaluateFlags): void {
  const unused = ['stride', 'maxCharacters', 'trainData'] as const;
  const more = measure === 'choices' ? (['fields', 'memory', 'out'] as const) : [];
  for (const name of [...unused, ...more]) {
    const value = flags[name];
    if (value === undefined) continue;
    throw new UsageError(
      `${flagName(name)}: expected no value with ${flagName(measure)}, got ${String(value)}`,
    );
  }
}

/** @throws UsageError for flags about samples without `--samples`. */
function checkSamples({ samples, sampleTokens, out }: EvaluateFlags): void {
  checkExtension('--out', ['.html'], out);
  const flag = sampleTokens === undefined ? out !== undefined && '--out' : '--sample-tokens';
  if (samples > 0 || flag === false) return;
  throw new UsageError(`${flag}: expected --samples with it, got none`);
}

/** @throws UsageError for `--max-examples` if the data is one stream of tokens. */
function checkMaxExamples({ app, flags }: DomainCall<EvaluateFlags>): void {
  if (flags.maxExamples === undefined || flags.choices || app.packing !== 'stream') return;
  const instead = firstCharactersFeature.of(app) ? '; use --max-characters' : '';
  throw new UsageError(
    `--max-examples: expected data of separate examples, got a stream of tokens${instead}`,
  );
}

/** Measures the accuracy of the model at multiple-choice questions, and prints the report. */
async function runChoices(call: DomainCall<EvaluateFlags>): Promise<void> {
  const { flags, output } = call;
  checkBeside('choices', flags);
  if (flags.lastWord || flags.samples > 0) {
    const other = flags.lastWord ? '--last-word' : '--samples';
    throw new UsageError(`--choices: expected no ${other} with it, got both`);
  }
  const found = await findChoices(call);
  const report = await measureChoices(call, await openModel(call), found);
  output.progress('');
  if (output.isJson) await output.printJson(report);
  else for (const line of choiceLines(report)) await output.print(line);
}

async function run(given: DomainCall<EvaluateFlags>): Promise<void> {
  checkMaxExamples(given);
  if (given.flags.choices) return runChoices(given);
  const freeMethod = scoringFeature.of(given.app) && modelFreeMethod(given);
  if (freeMethod !== undefined) {
    await evaluateWithoutModel(given, freeMethod);
    return;
  }
  const whole = await zeroShotCall(given);
  const { app, flags, output } = whole;
  if (flags.lastWord) checkBeside('lastWord', flags);
  checkSamples(flags);
  if (flags.samples > 0 && !statisticsFeature.of(app)) {
    throw new UsageError(
      `--samples: expected an app with statistics(outputs), got ${whole.command} without it; ` +
        "statistics describe outputs, so that samples can be compared with the data: [{ name: 'letters', value: 12.5 }]",
    );
  }
  if (flags.outputScores !== undefined && !scoringFeature.of(app)) {
    throw new UsageError(
      `--output-scores: expected an app that scores outputs, got ${whole.command}`,
    );
  }
  const sampling =
    scoringFeature.of(app) && (flags.outputScores ?? true)
      ? samplingConfig({ ...app.sampling, ...whole.settings })
      : undefined;
  const all = await findGivenData(whole);
  const { maxCharacters } = flags;
  const { found, ...reading } =
    maxCharacters === undefined ? { found: all } : firstCharacters(whole, all, maxCharacters);
  const call = { ...whole, ...reading };
  const open = withMemory(await openModel({ ...call, onlyDecodes: false }), flags.memory);
  const named = flags.trainData && (await countTargets(whole, open, flags.trainData));
  const learned = (): Promise<LearnedCounts | undefined> =>
    named ? Promise.resolve(named) : countLearned(whole, open);
  const report = flags.lastWord
    ? await measureLastWords(call, open, found)
    : await measureTokens(call, open, found, { ...flags, sampling, learned });
  output.progress('');
  if (!Number.isFinite(report.loss)) {
    throw new RangeError(
      `loss: expected a number, got ${report.loss}; the model's weights are broken`,
    );
  }
  if (flags.out !== undefined && report.statistics) {
    await writePage(flags.out, open, report.statistics, report);
  }
  if (output.isJson) await output.printJson(reportJson(report));
  else for (const line of reportLines(report)) await output.print(line);
}

/** Writes a page that compares samples with the data. */
async function writePage(
  out: string,
  { storage, description: { domain } }: OpenModel,
  comparison: Comparison,
  { loss, tokens, step }: EvaluationReport,
): Promise<void> {
  const { comparisonPage } = await import('../../report/write-report.js'); // the help loads no plots
  const facts = {
    loss: `${loss.toFixed(4)} nats a token`,
    tokens: formatCount(tokens),
    ...(step !== undefined && { step: formatCount(step) }),
  };
  const head = {
    title: basename(storage.name),
    subtitle: `ramble ${domain.name} evaluate`,
    facts,
  };
  const text = comparisonPage({ ...head, ...comparisonFigures(comparison) });
  await writeArtifact({ kind: 'text', text }, { out, name: 'evaluate' });
}

/**
 * Returns an app that reads only the first characters of data, and the data under another hash.
 *
 * @throws UsageError for an app whose data is not made of characters.
 */
function firstCharacters(
  { app, command }: Pick<DomainCall<object>, 'app' | 'command'>,
  found: FoundData,
  count: number,
): { readonly app: AnyApp; readonly found: FoundData } {
  const first = firstCharactersFeature.of(app);
  if (!first) {
    throw new UsageError(
      `--max-characters: expected data of text, got that of ${command}, which has none`,
    );
  }
  const { data } = app;
  return {
    app: {
      ...app,
      data: {
        ...data,
        readExamples: (files, options) => first(data.readExamples(files, options), count),
      },
    },
    found: { ...found, sha256: `${found.sha256}, the first ${count} characters` },
  };
}
