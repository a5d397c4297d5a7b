import type { AnyApp, AnyDomain, ModelConfig, TokenPrompt } from '@ramble/core';
import { answerFeature, fitPrompt } from '@ramble/core/app';
import type { Decoder } from '@ramble/core/model';
import { counted } from '@ramble/core/files';

import { formatCount } from '../format/format-number.js';
import type { OpenModel } from '../model/open-model.js';
import type { Output } from '../verb/output.js';

/** Prompts in the form in which a model reads them. */
export interface PlannedPrompts {
  /**
   * Prompts for the model with their indices; examples are sorted by length, so that a batch has prompts of similar
   * lengths.
   */
  readonly asked: readonly { readonly number: number; readonly prompt: TokenPrompt }[];
  /** Prompts that the app answers without a model, with these answers. */
  readonly answered: readonly { readonly number: number; readonly output: unknown }[];
  /** Prompts that are cut to fit the context. */
  readonly cut: readonly CutPrompt[];
}

/** A prompt that was too long. */
interface CutPrompt {
  readonly number: number;
  /** Number of tokens of the prompt. */
  readonly tokens: number;
  /** Number of these tokens that the model reads. */
  readonly kept: number;
}

/**
 * Encodes prompts and leaves space for their outputs. If the domain cannot cut prompts, each is passed whole, and
 * the model reads only the end of one that is longer than its context.
 *
 * @param promptShare - Fraction of the context that a prompt may always take.
 * @throws RangeError with the number of a prompt, from 1, that leaves no space for the output.
 */
export function planPrompts(
  app: Pick<AnyApp, 'packing' | 'features'>,
  domain: AnyDomain,
  decoder: Decoder,
  prompts: readonly unknown[],
  maxNewTokens: number,
  promptShare?: number,
): PlannedPrompts {
  const asked: { number: number; prompt: TokenPrompt }[] = [];
  const answered: { number: number; output: unknown }[] = [];
  const cut: CutPrompt[] = [];
  for (const [number, prompt] of prompts.entries()) {
    const output = answerFeature.of(app)?.(prompt);
    if (output !== undefined) {
      answered.push({ number, output });
      continue;
    }
    const whole = domain.encodePrompt(prompt);
    const fitted = fitPrompt(domain, decoder, whole, maxNewTokens, promptShare);
    if (fitted === undefined) {
      throw new RangeError(
        `prompt: expected room for the start of the output, got ${whole.tokens.length} tokens ` +
          `for a context of ${decoder.config.contextLength} (prompt ${number + 1})`,
      );
    }
    asked.push({ number, prompt: fitted.prompt });
    if (fitted.cut) cut.push({ number, ...fitted.cut });
  }
  if (app.packing === 'examples') {
    asked.sort((a, b) => a.prompt.tokens.length - b.prompt.tokens.length || a.number - b.number);
  }
  return { asked, answered, cut };
}

type Rule = Pick<AnyDomain, 'cutRule'>;
type Context = Pick<ModelConfig, 'contextLength'>;

/** Lists the prompts that are too long; `undefined` if all fit. */
export function longPrompts({ cut }: Pick<PlannedPrompts, 'cut'>): string | undefined {
  const first = cut.at(0);
  if (!first) return undefined;
  const others = cut.length > 1 ? `, and ${cut.length - 1} others are too long` : '';
  return `prompt ${first.number + 1} has ${first.tokens} tokens${others}`;
}

/**
 * Warns about prompts that the domain cut; `undefined` if none was cut or the domain cannot cut prompts.
 */
export function cutPromptsWarning(
  planned: Pick<PlannedPrompts, 'cut'>,
  domain: Rule & Pick<AnyDomain, 'cutPrompt'>,
  { contextLength }: Context,
): string | undefined {
  const problem = longPrompts(planned);
  if (problem === undefined || !domain.cutPrompt) return undefined;
  return `${problem}; cut${inBrackets(domain)} to what a context of ${contextLength} has room for`;
}

/** Warns about examples that were cut; `undefined` if none was. */
export function cutExamplesWarning(
  { cut, examples }: { readonly cut: number; readonly examples: number },
  domain: Rule,
  { contextLength }: Context,
): string | undefined {
  if (cut === 0) return undefined;
  return (
    `${formatCount(cut)} of ${counted(examples, 'example')} longer than the context of ` +
    `${contextLength}, cut${inBrackets(domain)}`
  );
}

function inBrackets({ cutRule }: Rule): string {
  return cutRule === undefined ? '' : ` (${cutRule})`;
}

/**
 * Encodes one prompt for the model, with a warning if it had to be cut. The app's answers without a model are not used:
 * the model also predicts tokens for an empty document.
 *
 * @param promptShare - Fraction of the context that the prompt may always take.
 */
export async function fittingPrompt(
  { app, output }: { readonly app: Pick<AnyApp, 'packing'>; readonly output: Output },
  { domain, model: { config, decoder } }: OpenModel,
  prompt: unknown,
  maxNewTokens: number,
  promptShare?: number,
): Promise<TokenPrompt> {
  const { packing } = app;
  const planned = planPrompts({ packing }, domain, decoder, [prompt], maxNewTokens, promptShare);
  const warning = cutPromptsWarning(planned, domain, config);
  if (warning !== undefined) await output.warn(warning);
  return planned.asked[0].prompt;
}
