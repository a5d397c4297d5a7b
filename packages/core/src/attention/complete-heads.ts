import type { AttentionKind } from './attention-kind.js';
import type { HeadSettings } from './head-settings.js';

/** What a model gives of its heads. */
interface GivenHeads extends Omit<HeadSettings, 'nKvHead' | 'headDim'> {
  readonly nKvHead?: number;
  readonly headDim?: number;
  readonly nEmbd: number;
  readonly attention: string;
}

/**
 * The heads of a model.
 *
 * @param kinds - The model's kinds of attention.
 * @throws RangeError for heads that do not fit the width, one another or the attention.
 */
export function completeHeads(
  given: GivenHeads,
  kinds: readonly AttentionKind[],
): Pick<HeadSettings, 'nKvHead' | 'headDim'> {
  const { nHead, nEmbd, attention } = given;
  const { nKvHead = nHead, headDim = nEmbd / nHead } = given;
  if (!Number.isInteger(headDim)) {
    throw new RangeError(`nHead: expected a divisor of nEmbd (${nEmbd}), got ${nHead}`);
  }
  if (nHead % nKvHead !== 0) {
    throw new RangeError(`nKvHead: expected a divisor of nHead (${nHead}), got ${nKvHead}`);
  }
  if (kinds.every((kind) => kind.heads === 'any')) return { nKvHead, headDim };
  const usual = { nKvHead: nHead, headDim: nEmbd / nHead };
  const asked = { nKvHead, headDim, scoreScale: given.scoreScale, scoreCap: given.scoreCap };
  for (const [name, value] of Object.entries(asked)) {
    const expected = (usual as Readonly<Record<string, number | undefined>>)[name];
    if (value === expected) continue;
    throw new RangeError(
      `${name}: expected ${expected ?? 'no value'} with attention ${attention}, whose kernels take GPT-2's heads alone, got ${value}`,
    );
  }
  return { nKvHead, headDim };
}
