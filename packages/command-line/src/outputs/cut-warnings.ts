import type { AnyDomain, ModelConfig } from '@ramble/core';
import { counted } from '@ramble/core/files';

import { formatCount } from '../format/format-count.js';
import type { PlannedPrompts } from './plan-prompts.js';

type Rule = Pick<AnyDomain, 'cutRule'>;
type Context = Pick<ModelConfig, 'contextLength'>;

/** Lists the prompts that are too long; `undefined` if there are none. */
export function longPrompts({ cut }: Pick<PlannedPrompts, 'cut'>): string | undefined {
  const first = cut.at(0);
  if (!first) return undefined;
  const others = cut.length > 1 ? `, and ${cut.length - 1} others are too long` : '';
  return `prompt ${first.number + 1} has ${first.tokens} tokens${others}`;
}

/**
 * What a user has to know of prompts that the domain cut; nothing where it cut none, or does not know how.
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

/** What a user has to know of examples that were cut; nothing where none was. */
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
