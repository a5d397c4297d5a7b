import { basename } from 'node:path';

import {
  type AnyApp,
  checkSettings,
  MODEL_PRESETS,
  MODEL_SETTINGS,
  modelConfig,
  type ModelConfig,
  type SettingTable,
} from '@ramble/core';
import { parameterTally } from '@ramble/core/model';
import { findRun } from '@ramble/runs/node';
import { loadDomain, openRun } from '@ramble/runs';

import { domainWithoutData } from '../../model/open-model.js';

import { UsageError } from '../../verb/exit-errors.js';
import { COUNT, flagName, settingsIn } from '../../verb/flag.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { askedPrompts, promptSettings } from '../../content/prompt-flags.js';
import { checkExtension, writeArtifact } from '../../content/write-artifact.js';
import { describeCheckpoints, fileSizes } from './describe-checkpoints.js';
import { type Inspection, runLines, type RunSummary, tallyLines } from './run-lines.js';
import { asksForCircuits } from './prompt/circuits.js';
import { promptLines } from './prompt/prompt-lines.js';
import { readStudy, STUDY_FLAGS, type StudyFlags, studyJson } from './prompt/read-study.js';
import { attentionPictureFeature } from '../../verb/app-features.js';

export type InspectFlags = Omit<StudyFlags, 'model'> & { readonly model?: string };

/** Vocabulary size if no run is given and the domain learns its tokens: that of GPT-2's tokenizer. */
const VOCAB_SIZE = 50_257;
const SIZE_SETTINGS: SettingTable<ModelConfig> = {
  ...MODEL_SETTINGS,
  vocabSize: {
    ...COUNT,
    derived: `the domain's own; ${VOCAB_SIZE}, GPT-2's, if it is learned from data`,
    description: 'Number of different tokens.',
  },
};

/**
 * `inspect`: prints the parameters of a model and the description of its run; with a prompt, also every step of
 * the model's computation.
 */
export const inspectProgram = {
  flags: {
    ...STUDY_FLAGS,
    model: {
      ...STUDY_FLAGS.model,
      derived: 'none; the size that the settings give',
    },
  },
  settings: (app) => [{ title: 'Without a run', settings: SIZE_SETTINGS }, ...promptSettings(app)],
  presets: sizesOf,
  refused: (app) => (attentionPictureFeature.of(app) ? [] : ['attentionPicture']),
  waitsFor: 'a prompt',
  run,
} satisfies DomainProgram<InspectFlags>;

async function run(call: DomainCall<InspectFlags>): Promise<void> {
  const { flags } = call;
  checkFlags(call);
  const found = await inspect(call);
  if (flags.out !== undefined || flags.attentionPicture !== undefined) {
    await writePages(call, found);
    return;
  }
  await printFound(call, found);
  if (found.run) checkWhole(String(flags.model), found.run);
}

async function printFound(
  { app, output }: DomainCall<InspectFlags>,
  { model, parameters, run: summary, study, circuits }: Inspection,
): Promise<void> {
  if (circuits) {
    if (output.isJson) {
      await output.printJson(circuits);
      return;
    }
    const { circuitLines } = await import('./prompt/circuit-lines.js');
    for (const line of circuitLines(circuits)) await output.print(line);
    return;
  }
  if (output.isJson) {
    const prompt = study ? { prompt: studyJson(study) } : {};
    await output.printJson({ parameters, model, ...summary, ...prompt });
    return;
  }
  const about = summary ? ['', ...runLines(summary, app.options)] : [];
  const lines = study
    ? promptLines(study, model)
    : [...tallyLines(parameters, model.nLayer), ...about];
  for (const line of lines) await output.print(line);
}

/** @throws Error if the run is damaged. */
function checkWhole(name: string, { checkpoints, broken }: RunSummary): void {
  const bad = checkpoints.filter(({ isWhole }) => isWhole === false);
  const names = bad.map(({ step }) => `the checkpoint of step ${step}`);
  const all = [...names, ...broken];
  if (all.length === 0) return;
  // An unchanged file cannot be repaired from an older checkpoint, so this checkpoint is kept.
  const refused = bad.filter((checkpoint) => checkpoint.refused).at(-1)?.step;
  const end =
    refused === undefined
      ? ''
      : `; it does not go back beyond step ${refused}, whose files are unchanged since they were saved`;
  throw new Error(
    `${name}: expected an undamaged run, got damage: ${all.join('; ')}. ` +
      `train --resume continues from the newest intact checkpoint and repairs the rest${end}`,
  );
}

/** Writes the requested pages, and prints their files. */
async function writePages(
  { app, flags, output }: DomainCall<InspectFlags>,
  found: Inspection,
): Promise<void> {
  const { out, attentionPicture } = flags;
  const pages: [file: string, text: string][] = [];
  if (out !== undefined) {
    const { inspectPage } = await import('./inspect-page.js');
    pages.push([out, inspectPage(found)]);
  }
  const { study, name = '' } = found;
  const pictureOf = attentionPictureFeature.of(app);
  if (attentionPicture !== undefined && pictureOf && study) {
    const picture = pictureOf(study);
    const extension = picture.kind === 'notes' ? '.html' : '.svg';
    checkExtension('--attention-picture', [extension], attentionPicture);
    const { attentionPicture: draw } = await import('./inspect-page.js');
    pages.push([attentionPicture, draw(picture, name)]);
  }
  for (const [file, text] of pages) {
    await writeArtifact({ kind: 'text', text }, { out: file, name: 'inspect' });
    if (output.isJson) await output.printJson({ file });
    else await output.print(file);
  }
}

function checkFlags(call: DomainCall<InspectFlags>): void {
  const { app, flags, settings } = call;
  checkExtension('--out', ['.html'], flags.out);
  const setting = Object.keys(settingsIn(SIZE_SETTINGS, settings)).at(0);
  if ((flags.model === undefined) === (setting === undefined)) {
    const got = setting === undefined ? 'neither' : `${flagName(setting)} too`;
    throw new UsageError(`--model: expected a run, or settings such as --preset gpt2, got ${got}`);
  }
  if (hasPrompt(call) && flags.model === undefined) {
    throw new UsageError('--prompt: expected a run (--model) to read the prompt, got none');
  }
  for (const name of OF_PROMPTS) {
    if (!hasPrompt(call) && (flags[name] ?? false) !== false) {
      throw new UsageError(`${flagName(name)}: expected a prompt with it, got none`);
    }
  }
  const page = (['out', 'attentionPicture', 'unmasked'] as const).find((name) => flags[name]);
  if (page !== undefined && asksForCircuits(flags)) {
    throw new UsageError(
      `${flagName(page)}: expected no measurements of parts with it, which are printed, got some`,
    );
  }
  if (flags.attentionPicture !== undefined && !attentionPictureFeature.of(app)) {
    throw new UsageError(
      `--attention-picture: expected an app that draws attention itself, got ${call.command}; --out writes pictures for every app`,
    );
  }
}

/** Flags that need a prompt. */
const OF_PROMPTS = [
  ...(['layer', 'head', 'attentionPicture', 'unmasked'] as const),
  ...(['ablate', 'corrupted', 'attribute', 'answer', 'other', 'lens'] as const),
];

async function inspect(call: DomainCall<InspectFlags>): Promise<Inspection> {
  const { flags, settings } = call;
  const { model: path } = flags;
  if (path === undefined) {
    const vocabSize = 'vocabSize' in settings ? VOCAB_SIZE : await vocabSizeOf(call);
    const model = modelConfig({ vocabSize, ...settingsIn(SIZE_SETTINGS, settings) });
    return { model, parameters: parameterTally(model) };
  }
  const summary = await describeRun(call, path);
  const { model } = summary;
  return {
    model,
    parameters: parameterTally(model),
    run: summary,
    name: basename(findRun(path).storage.name),
    ...(hasPrompt(call) || flags.headScores
      ? await readStudy({ ...call, flags: { ...flags, model: path } }, hasPrompt(call))
      : {}),
  };
}

/**
 * Returns the vocabulary size of a domain with its default options; `VOCAB_SIZE` if the domain learns its tokens from
 * data.
 */
async function vocabSizeOf({ app }: DomainCall<InspectFlags>): Promise<number> {
  try {
    const { vocabulary } = await domainWithoutData(app, checkSettings(app.options, {}));
    return vocabulary.size;
  } catch {
    return VOCAB_SIZE; // it learns its tokens from data
  }
}

function hasPrompt({ app, flags, settings }: DomainCall<InspectFlags>): boolean {
  const places = [flags.prompt, flags.promptFile, askedPrompts(app, settings).file];
  return places.some((place) => place !== undefined);
}

/**
 * Returns the description of a run, its domain and its checkpoints. Without a prompt, the checkpoints' files are
 * checked too.
 */
async function describeRun(call: DomainCall<InspectFlags>, path: string): Promise<RunSummary> {
  const { app, output } = call;
  const { storage } = findRun(path);
  const run = await openRun(storage);
  const domain = await loadDomain(run, app.factory);
  const checkpoints = await describeCheckpoints(
    storage,
    hasPrompt(call) ? undefined : (what) => output.progress(what),
  );
  output.progress('');
  return {
    ...run.description,
    domain: {
      ...run.description.domain,
      vocabSize: domain.vocabulary.size,
      files: await fileSizes(storage, 'domain'),
    },
    ...checkpoints,
  };
}

/** Returns the presets that all apps share and the app's own, by name, with only their model settings. */
function sizesOf({ presets = {} }: AnyApp): Record<string, Partial<ModelConfig>> {
  const sizes = Object.entries({ ...MODEL_PRESETS, ...presets }).map(([name, preset]) => [
    name,
    Object.fromEntries(Object.entries(preset).filter(([key]) => key in MODEL_SETTINGS)),
  ]);
  return Object.fromEntries(sizes) as Record<string, Partial<ModelConfig>>; // the fields of the model only
}
