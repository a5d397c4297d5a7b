import type { RunDetails } from '@ramble/explorer';
import { folderStorage } from '@ramble/runs/node';
import { checkpointSteps, openRun, readSamples } from '@ramble/runs';

import { operationsPerToken } from '../../train/speed.js';
import { resumeLine } from './resume-line.js';

/** Samples that are told, the newest. */
const SAMPLES = 50;

/**
 * Tells the settings, samples and checkpoints of a run.
 *
 * @param word - What its domain is called at the command line; absent where that is not known.
 * @param program - The words that start this program; `ramble` unless given.
 * @throws Error that names the file, when the run cannot be read.
 */
export async function runDetails(
  path: string,
  word: string | undefined,
  program?: string,
): Promise<RunDetails> {
  const storage = folderStorage(path);
  const { description } = await openRun(storage);
  const { domain, model, training, data, engine, origin, split } = description;
  const samples = await readSamples(storage);
  const tokens = training.batchSize * model.contextLength * training.gradAccumSteps;
  const isTrained = origin?.kind !== 'import';
  return {
    settings: {
      model: { ...model },
      training: { ...training },
      domain: { name: domain.name, ...domain.options, fingerprint: domain.fingerprint },
      data: { ...data, ...(split !== undefined && { split }) },
      run: { engine, ...origin },
    },
    samples: samples
      .slice(-SAMPLES)
      .reverse()
      .map(({ output, ...sample }) => ({ ...sample, text: output })),
    step: { tokens, operations: tokens * operationsPerToken(model) },
    checkpoints: await checkpointSteps(storage),
    ...(isTrained &&
      word !== undefined && {
        resume: await resumeLine({ path, word, program }),
      }),
  };
}
