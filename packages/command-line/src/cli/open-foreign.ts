import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { AnyApp } from '@ramble/core';
import type { Engine } from '@ramble/core/engine';

import type { ImportingApp } from '../hugging-face/import-model.js';
import { type AppEntry, domainHint, type DomainVerb } from '../verb/verb.js';
import { UsageError } from '../verb/exit-errors.js';
import type { Flags, Values } from '../verb/flag.js';
import type { Io } from '../verb/io.js';
import type { Output } from '../verb/output.js';
import { huggingFaceFeature, zeroShotFeature } from '../verb/app-features.js';

/** A verb of a domain as it was typed: the domain's app, the verb, and the words after the verb. */
export interface TypedVerb {
  readonly app: AnyApp;
  readonly verb: DomainVerb;
  readonly words: readonly string[];
}

interface CommandContext {
  readonly engines: readonly Engine[];
  readonly apps: readonly AppEntry[];
  readonly output: Output;
  readonly io: Io;
}

/**
 * Returns the values of a verb's flags. If a value names a model of another format (a Hugging Face folder, a GGUF
 * file or a published model), the model is imported, and the path of the new run replaces the value. Only flags that
 * are declared with `names: 'model'` may name such a model.
 *
 * @param flags - The verb's own flags, and their values.
 * @param given - All typed values, by flag.
 * @param typed - The verb, if it has a domain.
 * @throws UsageError if the model belongs to another domain than the verb, or a file is no model.
 */
export async function withForeignModels(
  { flags, values }: { readonly flags: Flags; readonly values: Values },
  given: Values,
  typed: TypedVerb | undefined,
  context: CommandContext,
): Promise<Values> {
  const opened: Record<string, unknown> = { ...values };
  for (const [name, flag] of Object.entries(flags)) {
    if (flag.names === undefined) continue;
    const value = values[name] as string | readonly string[] | undefined; // parsed by its kind
    const runs: string[] = [];
    for (const word of [value ?? []].flat()) {
      await checkIsModel(name, word, typed, context.apps);
      const opens = flag.names === 'model';
      runs.push(opens ? await openWord(name, word, given, typed, context) : word);
    }
    opened[name] = typeof value === 'string' ? runs[0] : value && runs;
  }
  return opened;
}

/** @throws UsageError if the flag's value is an existing file other than `*.gguf`: a run or a model is a folder. */
async function checkIsModel(
  flag: string,
  word: string,
  typed: TypedVerb | undefined,
  apps: readonly AppEntry[],
): Promise<void> {
  if (word.endsWith('.gguf') || !existsSync(word) || !statSync(word).isFile()) return;
  const { fileAsModel } = await import('./run-advice.js'); // only now: it is slow to load
  throw await fileAsModel(flag, word, typed?.app, apps);
}

async function openWord(
  flag: string,
  word: string,
  given: Values,
  typed: TypedVerb | undefined,
  { apps, ...context }: CommandContext,
): Promise<string> {
  if (existsSync(join(word, 'run.json')) || /[\\/]checkpoints[\\/]\d+[\\/]?$/.test(word))
    return word;
  const { isForeignModel, modelAsRun } = await import('../hugging-face/model-as-run.js'); // only now: it is slow to load
  if (!isForeignModel(word)) return word;
  const importing = await importingApp(word, typed?.app, apps);
  if (!importing) return word;
  const { app } = importing;
  if (typed && !canRead(typed.app, flag, given, app)) {
    const { words, verb } = typed;
    throw new UsageError(
      `${word}: expected a run of the domain ${typed.app.name}, got a model of ${app.name}; ` +
        domainHint(app.name, verb, words, apps),
    );
  }
  return modelAsRun(word, { ...context, ...importing });
}

/** Names of the files of tokenizers. A folder of a language model has at least one. */
const TOKENIZER_FILES = ['tokenizer.json', 'vocab.json', 'tokenizer.model'];

/**
 * Returns the app that imports a model: the verb's own app if it can, else the first of ramble's apps that can. An app
 * whose vocabulary needs no files cannot import a model that has a tokenizer.
 */
async function importingApp(
  word: string,
  app: AnyApp | undefined,
  apps: readonly AppEntry[],
): Promise<ImportingApp | undefined> {
  const entry = apps.find(({ parts }) => parts?.includes('huggingFace'));
  const own = app && huggingFaceFeature.of(app);
  const hasTokenizer =
    word.endsWith('.gguf') || TOKENIZER_FILES.some((name) => existsSync(join(word, name)));
  const isOwn = own && (own.files.length > 0 || !hasTokenizer);
  const found = isOwn ? app : await entry?.load();
  const huggingFace = found && huggingFaceFeature.of(found);
  return huggingFace && { app: found, huggingFace };
}

/**
 * Whether a flag of an app may name a model of the app `other`. It may if both are the same app, if `--zero-shot` is
 * given and supported for `--model`, or if the app can adapt other models for flags such as `--init-from`.
 */
function canRead(app: AnyApp, flag: string, given: Values, other: AnyApp): boolean {
  if (app.name === other.name) return true;
  if (flag !== 'model') return app.factory.adapt !== undefined;
  return given.zeroShot === true && zeroShotFeature.of(app)?.domain === other.name;
}
