import { resolve } from 'node:path';

import {
  type AnyApp,
  type AnyDomain,
  type Fitted,
  type ModelConfig,
  modelConfig,
  trainingConfig,
} from '@ramble/core';
import type { HuggingFaceForm } from '@ramble/core/app';
import type { Engine } from '@ramble/core/engine';
import type { JsonObject } from '@ramble/core/files';
import { adapterKindOf, type AdapterSettings, parameterSpecs } from '@ramble/core/model';
import { type FormatName, FORMATS } from '@ramble/core/weights';
import {
  findStep,
  importAdapters,
  importRun,
  loadDomain,
  modelHash,
  openRun,
  type OriginDescription,
  readText,
  type RunStorage,
  storedFormat,
} from '@ramble/runs';
import {
  type FolderReader,
  type HuggingFaceModel,
  openHuggingFace,
  openPeftAdapter,
} from '@ramble/runs/hugging-face';
import { findRun } from '@ramble/runs/node';

import { UsageError } from '../verb/exit-errors.js';
import { loadEngine } from '../verb/load-engine.js';
import type { Output } from '../verb/output.js';
import { folderReader, openFolder, watchTensors } from './find-model.js';

/** An app that reads the tokenizers of Hugging Face. */
export interface ImportingApp {
  readonly app: AnyApp;
  readonly huggingFace: HuggingFaceForm<AnyDomain>;
}

interface ImportTask extends ImportingApp {
  /** A folder of Hugging Face's layout, or a GGUF file. */
  readonly path: string;
  /** Source of the model (its path, or its address and revision), to be written to run.json. */
  readonly origin: OriginDescription;
  /** Storage of the run to make. */
  readonly storage: RunStorage;
  /** Type of the run's stored weights; the model's own unless given. */
  readonly weights?: FormatName;
  /**
   * Context length of the run; the model's own unless given. For a model with longrope scaling, the default is the
   * context length of its original training.
   */
  readonly contextLength?: number;
  readonly engines: readonly Engine[];
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** The domain and config of an imported model, and the type of its stored weights. */
export interface ImportedModel {
  readonly domain: AnyDomain;
  readonly config: ModelConfig;
  /** Type of the run's stored matrices. */
  readonly kind: FormatName;
}

/**
 * Makes a run of a model in the layout of Hugging Face or in a GGUF file, and draws its progress.
 *
 * @throws Error that names the file if the model cannot be read; the run is then removed.
 */
export async function importModel(task: ImportTask): Promise<ImportedModel> {
  const folder = await openFolder(task.path);
  try {
    const model = await openHuggingFace(folder);
    try {
      const { huggingFace, output, contextLength } = task;
      const config = withContext(model.config, contextLength);
      const vocabulary = await readVocabulary(folder, huggingFace, config.vocabSize);
      const note = longropeNote(model.config, config);
      if (note !== undefined) await output.note(note);
      return await writeRun(task, { ...model, config }, vocabulary);
    } finally {
      await model.close();
    }
  } finally {
    await folder.close();
  }
}

async function writeRun(
  { app, origin, storage, weights, engines, output, signal }: ImportTask,
  { config, weights: file }: HuggingFaceModel,
  { domain, options }: Awaited<ReturnType<typeof readVocabulary>>,
): Promise<ImportedModel> {
  const own = storedFormat(file);
  const kind = weights ?? own;
  const newRun = {
    domain: { name: domain.name, options, files: app.factory.save(domain) },
    model: config,
    training: trainingConfig(), // there was no training, but the format requires settings
    data: {},
    engine: 'none',
    origin,
  } as const;
  // An engine rounds to 16 bits faster than JavaScript.
  if (FORMATS[kind].hasFloat16 && kind !== own) await loadEngine(engines, {}, output);
  const onProgress = (share: number): void =>
    output.progress(`importing: ${Math.floor(100 * share)} %`);
  const watched = watchTensors(file, { signal, onProgress });
  await importRun(storage, newRun, watched, { weights: weights ?? 'as stored' });
  output.progress('');
  return { domain, config, kind };
}

/**
 * Returns the config with the requested context length. For a model with longrope scaling, the default is the context
 * length of its original training: most texts fit into it, and the library transformers uses the factors for short
 * contexts for them.
 *
 * @throws UsageError for a context that is too long for the model.
 */
function withContext(config: ModelConfig, wanted?: number): ModelConfig {
  const { contextLength: longest, ropeScaling } = config;
  const usual = ropeScaling?.kind === 'longrope' ? ropeScaling.original : longest;
  const contextLength = wanted ?? Math.min(usual, longest);
  if (contextLength === longest) return config;
  if (contextLength > longest) {
    throw new UsageError(
      `--context-length: expected at most ${longest}, which the model has, got ${contextLength}`,
    );
  }
  if (parameterSpecs(config).some(({ rows }) => rows === 'positions')) {
    throw new UsageError(
      `--context-length: expected ${longest}, the number of positions that the model has learned, got ${contextLength}`,
    );
  }
  return modelConfig({ ...config, contextLength });
}

/** Returns a note on whether a run has longrope's factors for short or long contexts, and how to get the others. */
function longropeNote(
  { contextLength: longest, ropeScaling: scaling }: ModelConfig,
  { contextLength }: ModelConfig,
): string | undefined {
  if (scaling?.kind !== 'longrope' || scaling.original >= longest) return undefined;
  const [kinds, other] =
    contextLength > scaling.original
      ? [['long', 'short'], scaling.original]
      : [['short', 'long'], longest];
  return `the run has a context of ${contextLength} tokens and longrope's factors for ${kinds[0]} contexts; those for ${kinds[1]} ones come with import --context-length ${other}`;
}

/** Maximum size of a tokenizer's file. */
const MAX_FILE_BYTES = 2 ** 28;

/**
 * Makes the domain (encoding and decoding of examples) of an imported model from its tokenizer.
 *
 * @throws RangeError or TypeError that names the file if the domain cannot use the tokenizer.
 */
async function readVocabulary(
  folder: FolderReader,
  form: HuggingFaceForm<AnyDomain>,
  vocabSize: number,
): Promise<Fitted<AnyDomain, JsonObject>> {
  const present = new Set(await folder.list(''));
  const files: [name: string, text: string][] = [];
  for (const name of form.files) {
    if (present.has(name)) files.push([name, await readText(folder, name, MAX_FILE_BYTES)]);
  }
  if (folder.weights && !present.has('tokenizer.json')) {
    throw new RangeError(
      `${folder.name}: expected a tokenizer in the file (tokenizer.ggml.model), got none`,
    );
  }
  try {
    return await form.read(Object.fromEntries(files), vocabSize);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) {
      error.message = `${folder.name}/${error.message}`;
    }
    throw error;
  }
}

interface AdapterTask {
  readonly app: AnyApp;
  /** A folder that PEFT saved. */
  readonly path: string;
  /** The run of the model that the adapters belong to, as `--base` names it. */
  readonly base: string;
  /** Storage of the run to make. */
  readonly storage: RunStorage;
}

/**
 * Makes a run of the LoRA adapters in a folder of PEFT, over the model of another run.
 *
 * @returns the settings of the adapters.
 * @throws UsageError if the other run has adapters itself; Error, TypeError or RangeError that names the file if the
 *   adapters cannot be read or do not fit the model.
 */
export async function importAdapter({
  app,
  path,
  base,
  storage,
}: AdapterTask): Promise<AdapterSettings> {
  const found = findRun(base);
  const run = await openRun(found.storage);
  const { domain: own, model, training } = run.description;
  if (adapterKindOf(training)) {
    throw new UsageError(`--base: expected a run of a whole model, got adapters: ${base}`);
  }
  const domain = await loadDomain(run, app.factory);
  const step = await findStep(found.storage, found.step ?? 'best');
  const { settings, values } = await openPeftAdapter(folderReader(path), model);
  const sha256 = await modelHash(found.storage, step);
  const newRun = {
    domain: { name: own.name, options: own.options, files: app.factory.save(domain) },
    model,
    training: trainingConfig(settings),
    data: {},
    engine: 'none',
    origin: { kind: 'run', path: resolve(found.storage.name), step, sha256 },
  } as const;
  await importAdapters(storage, newRun, values);
  return settings;
}
