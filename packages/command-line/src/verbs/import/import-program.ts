import {
  type AnyApp,
  countParameters,
  modelConfig,
  type ModelConfig,
  trainingConfig,
  WEIGHT_KINDS,
  type WeightKind,
} from '@ramble/core';
import { type HuggingFaceModel, openHuggingFace } from '@ramble/hugging-face';
import { folderStorage } from '@ramble/run-folder';
import { checkIsNew, importRun, storedKind } from '@ramble/runs';

import { InterruptedError, UsageError } from '../../verb/exit-errors.js';
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
  readonly contextLength?: number;
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
    contextLength: {
      kind: 'integer',
      min: 1,
      derived: "the model's own; with longrope, that of its first training",
      description:
        'Maximum number of tokens that the model of the run sees at once; with longrope it chooses between the factors for short and for long contexts.',
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
        const config = withContext(model.config, call.flags.contextLength);
        const vocabulary = await readVocabulary(folder, huggingFace, config.vocabSize);
        const note = longropeNote(model.config, config);
        if (note !== undefined) await output.note(note);
        await importModel(call, { ...model, config }, { ...vocabulary, ...found }, stop.signal);
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

/**
 * A model with the wanted context, or, with longrope, the one of its first training unless a longer one is
 * wanted: most texts are as short, and transformers takes the factors of short contexts for them.
 *
 * @throws UsageError for a context that the model does not have.
 */
function withContext(config: ModelConfig, wanted?: number): ModelConfig {
  const { contextLength: longest, positions, ropeScaling } = config;
  const usual = ropeScaling?.kind === 'longrope' ? ropeScaling.original : longest;
  const contextLength = wanted ?? Math.min(usual, longest);
  if (contextLength === longest) return config;
  if (contextLength > longest) {
    throw new UsageError(
      `--context-length: expected at most ${longest}, which the model has, got ${contextLength}`,
    );
  }
  if (positions === 'input' || positions === 'every-layer') {
    throw new UsageError(
      `--context-length: expected ${longest}, the number of positions that the model has learned, got ${contextLength}`,
    );
  }
  return modelConfig({ ...config, contextLength });
}

/** Says which factors of longrope a run has, and how to get the others. */
function longropeNote(
  { contextLength: longest, ropeScaling: scaling }: ModelConfig,
  { contextLength }: ModelConfig,
): string | undefined {
  if (scaling?.kind !== 'longrope' || scaling.original >= longest) return undefined;
  const [kinds, other] =
    contextLength > scaling.original
      ? [['long', 'short'], scaling.original]
      : [['short', 'long'], longest];
  return `the run has a context of ${contextLength} tokens and longrope's factors for ${kinds[0]} contexts; those for ${kinds[1]} ones come with --context-length ${other}`;
}
