import {
  type AnyApp,
  countParameters,
  trainingConfig,
  WEIGHT_KINDS,
  type WeightKind,
} from '@ramble/core';
import { type HuggingFaceModel, openHuggingFace } from '@ramble/hugging-face';
import { folderStorage } from '@ramble/run-folder';
import { checkIsNew, importRun, storedKind } from '@ramble/runs';

import { InterruptedError } from '../../verb/exit-errors.js';
import { loadEngine } from '../../verb/load-engine.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { formatCount } from '../../format/format-count.js';
import { openFolder } from '../../hugging-face/open-folder.js';
import { watchTensors } from '../../hugging-face/watch-tensors.js';
import { shellQuoted } from '../../format/shell-quoted.js';
import { findModel, type FoundModel } from './find-model.js';
import { readVocabulary } from './read-vocabulary.js';

export interface ImportFlags {
  readonly out: string;
  readonly weights?: WeightKind;
}

/** `import`: makes a run of a Hugging Face folder or a GGUF file with a GPT-2 or a model of the Llama family. */
export const importProgram = {
  operands: ['<folder, GGUF file or name>'],
  flags: {
    out: {
      kind: 'string',
      placeholder: 'run',
      description: 'The folder that the run is written to.',
    },
    weights: {
      kind: 'choice',
      choices: WEIGHT_KINDS,
      derived: "the model's own: blocks of a GGUF file, f16, else f32",
      description: 'Type that the run keeps weights in; f16, int8 and q4 are for inference.',
    },
  },
  run,
} satisfies DomainProgram<ImportFlags>;

async function run(call: DomainCall<ImportFlags>): Promise<void> {
  const { app, operands, io, output } = call;
  const { huggingFace } = app as AnyApp & Required<Pick<AnyApp, 'huggingFace'>>; // the verb needs it
  await checkIsNew(folderStorage(call.flags.out)); // before anything is downloaded
  const stop = new AbortController();
  let stopped = 'stopped; run the same command again to continue the download';
  const forget = io.onInterrupt(() => stop.abort(new InterruptedError(stopped)));
  try {
    const { files: companions } = huggingFace;
    const found = await findModel(operands[0], { companions, output, signal: stop.signal });
    stopped = 'stopped; the run was removed';
    const folder = await openFolder(found.path);
    try {
      const model = await openHuggingFace(folder);
      try {
        const vocabulary = await readVocabulary(folder, huggingFace, model.config.vocabSize);
        await importModel(call, model, { ...vocabulary, ...found }, stop.signal);
      } finally {
        await model.close();
      }
    } finally {
      await folder.close();
    }
  } finally {
    forget();
  }
}

async function importModel(
  { app, engines, flags, output, command }: DomainCall<ImportFlags>,
  { config, weights: file }: HuggingFaceModel,
  { domain, options, path, origin }: Awaited<ReturnType<typeof readVocabulary>> & FoundModel,
  signal: AbortSignal,
): Promise<void> {
  const { out, weights } = flags;
  const kind = weights ?? storedKind(file);
  const onProgress = (share: number): void =>
    output.progress(`importing: ${Math.floor(100 * share)} %`);
  const newRun = {
    domain: {
      name: domain.name,
      options,
      files: app.factory.save(domain),
    },
    model: config,
    training: trainingConfig(), // of no training; a run has some
    data: {},
    engine: 'none',
    origin,
  } as const;
  // It rounds to 16 bits faster than JavaScript does.
  if ((kind === 'f16' || kind === 'q4') && storedKind(file) !== kind)
    await loadEngine(engines, {}, output);
  const watched = watchTensors(file, { signal, onProgress });
  await importRun(folderStorage(out), newRun, watched, { weights: weights ?? 'as stored' });
  output.progress('');
  const parameters = countParameters(config);
  if (output.isJson) {
    await output.printJson({ run: out, from: path, parameters, weights: kind, model: config });
    return;
  }
  const tokens = `${formatCount(config.vocabSize)} tokens`;
  await output.print(
    `${out}: ${formatCount(parameters)} parameters in ${kind}, ${tokens}, from ${path}`,
  );
  const verb = domain.chatTemplate ? 'chat' : 'sample';
  await output.print(`try: ${command} ${verb} --model ${shellQuoted(out)}`);
}
