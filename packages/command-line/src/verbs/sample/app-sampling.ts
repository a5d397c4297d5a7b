import { extname } from 'node:path';

import {
  type AnyDomain,
  type AnyApp,
  type Artifact,
  checkSettings,
  type Grammar,
  SAMPLING_SETTINGS,
  samplingConfig,
  type SamplingConfig,
} from '@ramble/core';
import { type FileArtifact, outputRulesFeature, streamOutputFeature } from '@ramble/core/app';
import type { CheckedSampling } from '@ramble/core/sampling';

import { UsageError } from '../../verb/exit-errors.js';
import { flagName, settingsIn } from '../../verb/flag.js';
import type { DomainCall, SettingGroup } from '../../verb/verb.js';
import {
  type Companion,
  companionFeature,
  type CompanionMaker,
  outputExtensionsFeature,
} from '../../verb/app-features.js';

/**
 * Returns the app's own flags of `sample`: for its grammar, and for a companion file (such as sound) next to each
 * output.
 */
export function outputSettings(app: AnyApp): SettingGroup[] {
  const rules = outputRulesFeature.of(app);
  const companion = companionFeature.of(app);
  const settings = { ...rules?.settings, ...companion?.settings };
  return rules || companion ? [{ title: 'Output', settings }] : [];
}

/** Returns an app's default sampling settings, such as the temperature. */
export function outputSampling(app: AnyApp): Partial<SamplingConfig> {
  const rules = outputRulesFeature.of(app);
  return { ...app.sampling, ...rules?.sampling(checkSettings<unknown>(rules.settings, {})) };
}

/** Returns the default grammar of an app's outputs: its rules' grammar if it has rules, else the domain's. */
export function outputGrammar(
  app: Pick<AnyApp, 'features'>,
  domain: AnyDomain,
  maxNewTokens: number,
): Grammar<unknown> | undefined {
  const rules = outputRulesFeature.of(app);
  if (!rules) return domain.grammar;
  return rules.grammar(checkSettings<unknown>(rules.settings, {}), { maxNewTokens, domain });
}

/** Opens the maker of companion files (such as WAV), if the app has one and the flags request it. */
export async function openCompanion(
  companion: Companion<unknown, unknown> | undefined,
  { settings, flags: { out } }: Pick<DomainCall<{ readonly out?: string }>, 'settings' | 'flags'>,
): Promise<CompanionMaker<unknown> | undefined> {
  if (!companion) return undefined;
  const { settings: table, setting, extension } = companion;
  const isAsked = out !== undefined && extname(out) === extension;
  const given = { ...settingsIn(table, settings), ...(isAsked && { [setting]: true }) };
  return companion.open(checkSettings<unknown>(table, given));
}

/**
 * Returns the extensions of the files that outputs can be written to, including the extension of companion files;
 * `undefined` if any extension is allowed.
 */
export function writtenExtensions(app: AnyApp): readonly string[] | undefined {
  const extensions = outputExtensionsFeature.of(app);
  const companion = companionFeature.of(app);
  return extensions && companion ? [...extensions, companion.extension] : extensions;
}

/**
 * Returns the sampling settings, where given ones override the app's defaults, and the app's grammar for the given
 * flags.
 *
 * @throws UsageError for a setting of the grammar together with `--no-grammar`.
 */
export function outputRules({
  app,
  settings,
  flags,
}: Pick<DomainCall<{ readonly grammar?: boolean }>, 'app' | 'settings' | 'flags'>): {
  readonly config: CheckedSampling;
  readonly grammar?: (domain: AnyDomain) => Grammar<unknown>;
} {
  const given = settingsIn(SAMPLING_SETTINGS, settings);
  const rules = outputRulesFeature.of(app);
  const { sampling } = app;
  if (!rules) return { config: samplingConfig({ ...sampling, ...given }) };
  const ruled = settingsIn(rules.settings, settings);
  const first = Object.keys(ruled).at(0);
  if (flags.grammar === false && first !== undefined) {
    throw new UsageError(`${flagName(first)}: expected the grammar with it, got --no-grammar`);
  }
  const ruleSettings = checkSettings<unknown>(rules.settings, ruled);
  const config = samplingConfig({ ...sampling, ...rules.sampling(ruleSettings), ...given });
  const { maxNewTokens } = config;
  const grammar = (domain: AnyDomain): Grammar<unknown> =>
    rules.grammar(ruleSettings, { maxNewTokens, domain });
  return { config, grammar };
}

/**
 * Returns the grammar, unless `--no-grammar` turns it off.
 *
 * @throws UsageError for a grammar flag if the domain has no grammar.
 */
export function chooseGrammar(
  { flags, command }: DomainCall<{ readonly grammar?: boolean }>,
  grammar: Grammar<unknown> | undefined,
): Grammar<unknown> | undefined {
  if (flags.grammar !== undefined && !grammar) {
    const [flag, hint] = flags.grammar
      ? ['--grammar', '; a file of a grammar is --grammar-file FILE']
      : ['--no-grammar', ''];
    throw new UsageError(
      `${flag}: expected a domain with a grammar, got ${command}, which has none${hint}`,
    );
  }
  return flags.grammar === false ? undefined : grammar;
}

/**
 * Checks the texts that end an output.
 *
 * @throws UsageError for an empty text, or if outputs are not streamed text.
 */
export function checkStopTexts(
  { app, command }: DomainCall<unknown>,
  stopTexts: readonly string[],
): void {
  if (stopTexts.includes('')) throw new UsageError('--stop: expected text, got an empty string');
  if (stopTexts.length > 0 && !streamOutputFeature.of(app)) {
    throw new UsageError(
      `--stop: expected an app with streamOutput(domain), which writes outputs as text piece by piece, got ${command} without it`,
    );
  }
}

/**
 * Returns a function that turns an output into its text or file, and makes its companion file (such as WAV) if
 * requested.
 */
export function formsOf(
  app: AnyApp,
  {
    extension,
    companion,
  }: { readonly extension?: string; readonly companion?: CompanionMaker<unknown> },
): (
  output: unknown,
  prompt: unknown,
  text?: string,
) => Promise<{ readonly artifact: Artifact; readonly companion?: FileArtifact }> {
  return async (output, prompt, text) => {
    const made = await companion?.make(output, prompt);
    if (made && made.extension === extension) return { artifact: made };
    return {
      artifact:
        text === undefined ? app.showOutput(output, extension, prompt) : { kind: 'text', text },
      companion: made,
    };
  };
}
