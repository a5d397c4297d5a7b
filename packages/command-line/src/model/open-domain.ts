import { type AnyApp, type AnyDomain, checkSettings } from '@ramble/core';
import { loadDomain, openRun } from '@ramble/runs';
import { findRun } from '@ramble/runs/node';

import { UsageError } from '../verb/exit-errors.js';
import {
  flagName,
  type Flags,
  type FlagValues,
  MODEL_NAME,
  subjectOf,
  SWITCH,
} from '../verb/flag.js';
import type { DomainCall, DomainProgram } from '../verb/verb.js';

export const DOMAIN_FLAGS = {
  model: {
    ...MODEL_NAME,
    basic: true,
    derived: 'none; settings that need no data',
    description: 'The run whose domain to use.',
  },
} as const satisfies Flags;

/** Flags of a verb that needs a domain, but no model. */
export type DomainFlags = FlagValues<typeof DOMAIN_FLAGS>;

/** The settings of a domain without a run. */
export const domainSettings: DomainProgram<object>['settings'] = (app) => [
  { title: 'Without a run', settings: app.options },
];

/**
 * Opens the domain of a run, or a domain from only settings.
 *
 * @throws UsageError if both are given, or the settings need data to learn from.
 */
export async function openDomain(
  call: Pick<DomainCall<DomainFlags & Partial<SpecialTokensFlag>>, 'app' | 'flags' | 'settings'>,
): Promise<AnyDomain> {
  return readSpecialTokens(await findDomain(call), call.flags);
}

async function findDomain({
  app,
  flags: { model },
  settings,
}: Pick<DomainCall<DomainFlags>, 'app' | 'flags' | 'settings'>): Promise<AnyDomain> {
  if (model === undefined) {
    const options = checkSettings(app.options, settings);
    try {
      return await domainWithoutData(app, options);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (Object.hasOwn(app.options, subjectOf(reason) ?? '')) throw error; // the setting is wrong with data too
      throw new UsageError(
        `--model: expected a run, or the settings of a domain that needs no data, got none (${reason})`,
        { cause: error },
      );
    }
  }
  const extra = Object.keys(settings).at(0);
  if (extra !== undefined) {
    throw new UsageError(`${flagName(extra)}: expected no value with --model, which has its own`);
  }
  return loadDomain(await openRun(findRun(model).storage), app.factory);
}

/**
 * Makes a domain from only its options.
 *
 * @throws Error if it must learn from data.
 */
export function domainWithoutData(app: AnyApp, options: unknown): Promise<AnyDomain> {
  return app.factory.fit(noExamples(), options);
}

/** Yields no examples, for a domain that learns nothing from data. */
export async function* noExamples(): AsyncGenerator<never> {
  // No data to learn from.
}

export const SPECIAL_TOKENS_FLAG = {
  specialTokens: {
    ...SWITCH,
    description:
      'Read names of special tokens, such as <|endoftext|>, as those tokens, not as text.',
  },
} as const satisfies Flags;

/** The flag of a verb that reads prompts. */
export type SpecialTokensFlag = FlagValues<typeof SPECIAL_TOKENS_FLAG>;

/**
 * Applies `--special-tokens` to a domain.
 *
 * @throws UsageError if the prompts of the domain are no text.
 */
export function readSpecialTokens(
  domain: AnyDomain,
  { specialTokens = false }: Partial<SpecialTokensFlag>,
): AnyDomain {
  if (!specialTokens) return domain;
  if (domain.allowSpecialTokens) return domain.allowSpecialTokens();
  throw new UsageError(
    `--special-tokens: expected a domain whose prompts may name special tokens, got ${domain.name}`,
  );
}
