import {
  type NumberSetting,
  POSITIVE,
  POSITIVE_COUNT,
  type SettingTable,
} from '../settings/settings.js';
import type {
  AttentionKind,
  AttentionSettings,
  AttentionSize,
  HeadSettings,
} from './attention-kind.js';
import { allKinds, type AttentionPattern, patternKinds, patternNames } from './attention-kinds.js';

type SizeName = AttentionSize['name'];

/** All settings of kinds of attention. A setting comes before the settings that depend on it. */
const SIZES: readonly AttentionSize[] = [...new Set(allKinds().flatMap(({ sizes }) => sizes))];

/** Table of the settings of all kinds of attention. */
export const ATTENTION_SIZES = Object.fromEntries(
  SIZES.map(({ name, setting }) => [name, { kind: 'integer', isLater: true, ...setting }]),
) as Readonly<Record<SizeName, NumberSetting>>; // each name is some kind's

/** Maximum number of heads, and maximum width of a head. */
const MAX_HEADS = 2 ** 16;

/** Table of the settings of attention heads. */
export const HEAD_SETTINGS: SettingTable<HeadSettings> = {
  nHead: {
    ...POSITIVE_COUNT,
    max: MAX_HEADS,
    default: 4,
    description:
      'Number of attention heads in each block; must divide the width of the stream, unless the width of a head is given.',
  },
  nKvHead: {
    ...POSITIVE_COUNT,
    max: MAX_HEADS,
    derived: 'nHead',
    isLater: true,
    description:
      'Number of heads of keys and values; must divide the number of attention heads, which share them.',
  },
  headDim: {
    ...POSITIVE_COUNT,
    max: MAX_HEADS,
    derived: 'nEmbd / nHead',
    isLater: true,
    description: 'Width of an attention head.',
  },
  queryKeyNorm: {
    kind: 'choice',
    choices: ['head', 'all'],
    derived: 'none',
    isLater: true,
    description: 'RMS norm of queries and keys: of each head by itself, or of all heads together.',
  },
  scoreScale: {
    ...POSITIVE,
    derived: '1 / sqrt(headDim)',
    isLater: true,
    description: 'Scale of the attention scores.',
  },
  scoreCap: {
    ...POSITIVE,
    derived: 'none',
    isLater: true,
    description: 'Bound of attention scores, which approach it as tanh does.',
  },
};

/** The settings of attention as the caller gives them, before they are checked. */
export interface GivenAttention extends AttentionSettings {
  readonly attention: AttentionPattern;
  readonly nLayer: number;
}

/**
 * Checks the attention of a model and completes its settings: the pattern (one name if all layers have the same
 * kind), the heads, and the settings that only some kinds of attention have.
 *
 * @throws RangeError for more kinds than layers, for a kind in only some layers if it must be in all of them, for a
 *   setting that no kind of the model has, and for settings that a kind does not support.
 */
export function completeAttention(given: GivenAttention): Partial<GivenAttention> {
  const attention = completePattern(given);
  const kinds = patternKinds(attention);
  const heads = completeHeads({ ...given, attention }, kinds);
  let model: GivenAttention = { ...given, attention, ...heads };
  for (const size of SIZES) model = { ...model, [size.name]: completeSize(size, model) };
  for (const kind of kinds) kind.check?.(model);
  for (const { sizes } of kinds) for (const size of sizes) size.check?.(model);
  const sizes = SIZES.map(({ name }) => [name, model[name]] as const);
  return { attention, ...heads, ...Object.fromEntries(sizes) };
}

function completePattern({ attention, nLayer }: GivenAttention): AttentionPattern {
  const names = patternNames(attention);
  if (names.length > nLayer) {
    throw new RangeError(
      `attention: expected at most ${nLayer} kinds (nLayer), got ${names.length} (${attention})`,
    );
  }
  if (names.every((name) => name === names[0])) return names[0];
  const alone = names.find((name) => patternKinds(name)[0].spans === 'model');
  if (alone === undefined) return attention;
  throw new RangeError(`attention: expected ${alone} in all layers or in none, got ${attention}`);
}

/**
 * Returns the value of a setting that only some kinds of attention have, or its default; `undefined` if no layer has
 * one of these kinds.
 *
 * @throws RangeError for a value if no layer has one of these kinds.
 */
function completeSize(size: AttentionSize, model: GivenAttention): number | undefined {
  const { name, owner, reason } = size;
  const kinds = patternKinds(model.attention).filter(({ sizes }) => sizes.includes(size));
  const value = model[name];
  if (kinds.length > 0) return value ?? size.fill(model, kinds);
  if (value === undefined) return undefined;
  throw new RangeError(
    `${name}: expected no value unless attention is ${owner} (it is ${model.attention}), got ${value}` +
      (reason === undefined ? '' : `; ${reason}`),
  );
}

/** The settings of heads that a model may leave out, because they have defaults. */
interface GivenHeads extends Omit<HeadSettings, 'nKvHead' | 'headDim'> {
  readonly nKvHead?: number;
  readonly headDim?: number;
  readonly nEmbd: number;
  readonly attention: string;
}

/**
 * Completes and checks the heads of a model.
 *
 * @param kinds - The model's kinds of attention.
 * @throws RangeError if `nEmbd` is not a multiple of `nHead` (without `headDim`), if `nHead` is not a multiple of
 *   `nKvHead`, or if a kind of attention does not support the heads.
 */
function completeHeads(
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
  const headSettings = { nKvHead, headDim, scoreScale: given.scoreScale, scoreCap: given.scoreCap };
  for (const [name, value] of Object.entries(headSettings)) {
    const expected = (usual as Readonly<Record<string, number | undefined>>)[name];
    if (value === expected) continue;
    throw new RangeError(
      `${name}: expected ${expected ?? 'no value'} with attention ${attention}, whose kernels take GPT-2's heads alone, got ${value}`,
    );
  }
  return { nKvHead, headDim };
}
