import { extname } from 'node:path';

import { type AnyApp, checkSettings } from '@ramble/core';
import { type Setting, answerFeature } from '@ramble/core/app';

import { UsageError } from '../../verb/exit-errors.js';
import { flagName, settingsIn, type Values } from '../../verb/flag.js';
import type { DomainCall, SettingGroup } from '../../verb/verb.js';
import { readPrompts, type SamplePromptFlags } from './sample-prompts.js';
import { showSample } from './show-sample.js';
import { knownSample } from './write-samples.js';
import { modelFreeFeature } from '../../verb/app-features.js';

type Settings = Readonly<Record<string, Setting>>;
type ModelFreeApp = Pick<AnyApp, 'features'>;

/** Adds the methods that need no model to the values of the setting `method`. */
export function withMethods(settings: Settings, app: ModelFreeApp): Settings {
  const { method } = settings;
  const modelFree = modelFreeFeature.of(app);
  if (!modelFree || method.kind !== 'choice') return settings;
  const choices = [...method.choices, ...modelFree.methods];
  const description = `${method.description} ${modelFree.methods.join(', ')} need no --model.`;
  return { ...settings, method: { ...method, choices, description } };
}

/** Returns the settings for outputs that are written without a model. */
export function modelFreeSettings(app: ModelFreeApp): SettingGroup[] {
  const modelFree = modelFreeFeature.of(app);
  return modelFree ? [{ title: 'Without a model', settings: modelFree.settings }] : [];
}

/**
 * Returns the method that needs no model, if the flags request one.
 *
 * @throws UsageError for flags that the chosen method does not use, and for a method that needs a model if none is
 *   given.
 */
export function modelFreeMethod({
  app,
  flags,
  settings,
  chosen,
}: Pick<DomainCall<object>, 'app' | 'flags' | 'settings' | 'chosen'>): string | undefined {
  const modelFree = modelFreeFeature.of(app);
  if (!modelFree) return undefined;
  const { method } = settings;
  const { model } = flags as { readonly model?: string }; // every verb with a method has this flag
  const own = Object.keys(modelFree.settings);
  const isFree = typeof method === 'string' && modelFree.methods.includes(method);
  if (!isFree) {
    const flag = own.find((name) => settings[name] !== undefined);
    if (flag !== undefined) {
      const methods = modelFree.methods.join(' or ');
      throw new UsageError(`${flagName(flag)}: expected --method ${methods} with it, got none`);
    }
    if (model === undefined) {
      throw new UsageError(
        `--model: expected a value, or --method ${modelFree.methods.join(' or ')}, got nothing`,
      );
    }
    return undefined;
  }
  const other = Object.keys(chosen).find((name) => name !== 'method' && !own.includes(name));
  const wrong = model === undefined ? other : 'model';
  if (wrong === undefined) return method;
  throw new UsageError(
    `${flagName(wrong)}: expected no value with --method ${method}, which needs no model, got one`,
  );
}

/**
 * Returns a function that writes the output for a prompt: the app's fixed answer if it has one, else the method's
 * output.
 */
export function modelFreeWriter(
  app: ModelFreeApp,
  method: string,
  given: Values,
): (prompt: unknown) => unknown {
  const answer = answerFeature.of(app);
  const modelFree = modelFreeFeature.of(app);
  if (!modelFree) throw new Error(`${method}: expected an app that has this method, got another`);
  const { settings } = modelFree;
  const options = checkSettings<unknown>(settings, settingsIn(settings, given));
  return (prompt) => answer?.(prompt) ?? modelFree.write(method, prompt, options);
}

/** Writes an output for each prompt without a model, in the format of `sample`. */
export async function sampleWithoutModel(
  call: DomainCall<SamplePromptFlags & { readonly out?: string }>,
  method: string,
): Promise<void> {
  const { app, flags, settings } = call;
  const write = modelFreeWriter(app, method, settings);
  const { prompts, areLines } = await readPrompts(call);
  const areNumbered = areLines || prompts.length > 1;
  const extension = flags.out === undefined ? undefined : extname(flags.out);
  for (const [index, { prompt }] of prompts.entries()) {
    await showSample(call, knownSample(app.showOutput(write(prompt), extension)), {
      echo: '',
      index,
      count: prompts.length,
      out: flags.out,
      lines: app.packing === 'examples' && areNumbered ? 'alone' : undefined,
      ...(areNumbered && { prompt: index + 1 }),
    });
  }
}
