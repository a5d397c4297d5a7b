import { checkSettings, type Model, SAMPLING_SETTINGS } from '@ramble/core';
import {
  answerFeature,
  outputFormat,
  outputRulesFeature,
  promptExamplesFeature,
  scoringFeature,
  type Setting,
} from '@ramble/core/app';
import { CHAT_SAMPLING } from '@ramble/core/domain';
import { countParameters } from '@ramble/core/model';
import { BEAM_SETTINGS, SHAPING_SETTINGS } from '@ramble/core/sampling';
import { type FormatName, narrowest } from '@ramble/core/weights';

import type { ModelView, SettingView } from '../contract.js';
import type { ExploredModel } from './requested-model.js';
import { joinsTokens } from './page-token.js';

/** All sampling settings except draft tokens, which only affect speed. */
const SAMPLING = Object.fromEntries(
  Object.entries(SAMPLING_SETTINGS).filter(([name]) => name !== 'promptLookup'),
);

/**
 * Describes a model for the page.
 *
 * @param canChat - Whether conversations can be rendered.
 */
export function modelView(explored: ExploredModel, canChat: boolean): ModelView {
  const { id, model, app, domain, engine } = explored;
  const { prompting } = app;
  const rules = outputRulesFeature.of(app);
  const format = outputFormat(app, domain);
  const { chatTemplate } = domain;
  const chats = canChat && chatTemplate !== undefined;
  const usual = { ...app.sampling, ...rules?.sampling(checkSettings<unknown>(rules.settings, {})) };
  return {
    ...{ id, domain: app.name, description: app.description, config: model.config },
    parameters: countParameters(model.config),
    weights: weightsOf(model),
    engine,
    ...(format === undefined ? examplesOf(explored) : { format, examples: [] }),
    continues: !answersPrompts(explored),
    joins: joinsTokens(explored),
    chats,
    scores: scoringFeature.of(app)?.exampleOf !== undefined && app.readOutput !== undefined,
    hasGrammar: rules !== undefined || domain.grammar !== undefined,
    promptSettings: settingViews(prompting?.settings ?? {}, { files: prompting?.files }),
    outputSettings: settingViews(rules?.settings ?? {}),
    samplingSettings: settingViews(SAMPLING, { defaults: usual }),
    // As in `ramble chat`, an answer may fill the context.
    ...(chats && {
      chatSampling: {
        ...(chatTemplate.sampling ?? CHAT_SAMPLING),
        maxNewTokens: model.config.contextLength,
      },
    }),
  };
}

/** Example prompts for an app that names none, in order of preference. */
const USUAL_EXAMPLES = ['The whale is not a fish, and the ship is not the sea.', 'whale', ''];

/** Returns the app's examples that the domain can read, and the prompt for an empty form. */
function examplesOf({ app, domain }: ExploredModel): Pick<ModelView, 'examples' | 'example'> {
  const isReadable = (text: string): boolean => {
    try {
      const prompt = app.readPrompt(new TextEncoder().encode(text));
      return domain.encodePrompt(prompt).tokens.length > 0;
    } catch {
      return false;
    }
  };
  const examples = (promptExamplesFeature.of(app) ?? []).filter(isReadable);
  return { examples, example: examples[0] ?? USUAL_EXAMPLES.find(isReadable) };
}

/**
 * Whether outputs are answers: the tokens of a prompt then mark the start of the output. Otherwise outputs
 * continue the prompt, such as the first moves of a game.
 */
function answersPrompts({ app, domain }: ExploredModel): boolean {
  if (app.packing !== 'examples') return false;
  if (answerFeature.of(app)) return true;
  try {
    return domain.encodePrompt(app.readPrompt(new Uint8Array())).outputStart !== undefined;
  } catch {
    return false; // a user's app may not support an empty prompt
  }
}

/** Returns the narrowest format of the weights in memory. */
function weightsOf({ parameters }: Model): FormatName {
  return narrowest(
    parameters.specs.map(({ name }) => parameters.stored?.(name).layout.name ?? 'f32'),
  );
}

interface ViewOptions {
  /** Defaults by name, which override the defaults in the table. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Names of settings whose value is a file. */
  readonly files?: readonly string[];
}

/**
 * Converts a table of settings to fields of a form. Records are left out, because forms have no field for
 * them.
 */
function settingViews(
  table: Readonly<Record<string, Setting>>,
  { defaults = {}, files = [] }: ViewOptions = {},
): SettingView[] {
  return Object.entries(table).flatMap(([name, setting]) => {
    const kind = files.includes(name) ? 'file' : kindOf(setting);
    if (kind === undefined) return [];
    const { description, derived } = setting;
    const only = methodOf(name);
    const usual = (defaults[name] ?? setting.default) as SettingView['default']; // no record has one
    const view: SettingView = {
      ...{ name, kind, description },
      ...(usual === undefined ? { derived } : { default: usual }),
      ...rangeOf(setting),
      ...(kind === 'choice' && 'choices' in setting && { choices: setting.choices }),
      ...(only && { only }),
    };
    return [view];
  });
}

const METHODS: Readonly<Record<NonNullable<SettingView['only']>, readonly string[]>> = {
  random: SHAPING_SETTINGS,
  beams: BEAM_SETTINGS,
};

/** Returns the only method of sampling in which a setting has an effect; `undefined` if it has an effect in all. */
function methodOf(name: string): SettingView['only'] {
  return (['random', 'beams'] as const).find((method) => METHODS[method].includes(name));
}

/** Returns the kind of form field for a setting: `string` for comma-separated choices, `undefined` for a record. */
function kindOf(setting: Setting): SettingView['kind'] | undefined {
  if (setting.kind === 'object') return undefined;
  return setting.kind === 'choice' && setting.isPattern ? 'string' : setting.kind;
}

function rangeOf(setting: Setting): Pick<SettingView, 'min' | 'max'> {
  if (setting.kind !== 'integer' && setting.kind !== 'number') return {};
  const { min, max } = setting;
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}
