import {
  type AnyApp,
  MODEL_PRESETS,
  MODEL_SETTINGS,
  modelConfig,
  type ModelConfig,
  loadDomain,
  openRun,
  parameterTally,
} from '@ramble/core';

import { UsageError } from '../../cli/exit-errors.js';
import { flagName } from '../../cli/flag-name.js';
import type { DomainCall, DomainProgram } from '../../cli/verb.js';
import { findRun } from '../../run-folder/find-run.js';
import { describeCheckpoints } from './describe-checkpoints.js';
import { fileSizes } from './file-sizes.js';
import { runLines, type RunSummary } from './run-lines.js';
import { tallyLines } from './tally-lines.js';

export interface InspectFlags {
  readonly model?: string;
}

/** Of GPT-2's tokenizer: for a size without a run. */
const VOCAB_SIZE = 50_257;
const SIZE_SETTINGS = {
  ...MODEL_SETTINGS,
  vocabSize: { ...MODEL_SETTINGS.vocabSize, default: VOCAB_SIZE },
};

/** `inspect`: where the parameters of a model are, and all that its run says of itself. */
export const inspectProgram = {
  flags: {
    model: {
      kind: 'string',
      placeholder: 'run',
      derived: 'none; the size that the settings say',
      description: "A run's folder.",
    },
  },
  settings: () => [{ title: 'Without a run', settings: SIZE_SETTINGS }],
  presets: sizesOf,
  run,
} satisfies DomainProgram<InspectFlags>;

async function run(call: DomainCall<InspectFlags>): Promise<void> {
  const { flags, settings, output } = call;
  const setting = Object.keys(settings).at(0);
  if ((flags.model === undefined) === (setting === undefined)) {
    const got = setting === undefined ? 'neither' : `${flagName(setting)} too`;
    throw new UsageError(`--model: expected a run, or settings such as --preset gpt2, got ${got}`);
  }
  const summary = flags.model === undefined ? undefined : await describeRun(call, flags.model);
  const model = summary?.model ?? modelConfig({ vocabSize: VOCAB_SIZE, ...settings });
  const tally = parameterTally(model);
  if (output.isJson) {
    await output.printJson({ parameters: tally, model, ...summary });
    return;
  }
  const lines = summary ? ['', ...runLines(summary)] : [];
  for (const line of [...tallyLines(tally, model.nLayer), ...lines]) await output.print(line);
}

async function describeRun({ app }: DomainCall<InspectFlags>, path: string): Promise<RunSummary> {
  const { storage } = findRun(path);
  const run = await openRun(storage);
  const domain = await loadDomain(run, app.factory);
  return {
    ...run.description,
    domain: {
      ...run.description.domain,
      vocabSize: domain.vocabulary.size,
      files: await fileSizes(storage, 'domain'),
    },
    checkpoints: await describeCheckpoints(storage),
  };
}

/** The sizes that every domain has and the app's own, without how they are trained. */
function sizesOf({ presets = {} }: AnyApp): Record<string, Partial<ModelConfig>> {
  const sizes = Object.entries({ ...MODEL_PRESETS, ...presets }).map(([name, preset]) => [
    name,
    Object.fromEntries(Object.entries(preset).filter(([key]) => key in MODEL_SETTINGS)),
  ]);
  return Object.fromEntries(sizes) as Record<string, Partial<ModelConfig>>; // its fields alone
}
