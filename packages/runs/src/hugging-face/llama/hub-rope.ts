import type { ModelConfig } from '@ramble/core';
import { isObject, type JsonObject, shownValue } from '@ramble/core/files';

type RotarySettings = Pick<
  ModelConfig,
  'ropeTheta' | 'ropeWindowTheta' | 'ropeShare' | 'ropeScaling'
>;
type RopeScaling = NonNullable<ModelConfig['ropeScaling']>;

/** Facts that determine the rotary positions in addition to the fields of a config.json. */
export interface RopeContext {
  readonly maxPositions: number;
  /** Base of the rotary positions, unless the config sets it; `windowTheta` is for layers with a window. */
  readonly theta: number;
  readonly windowTheta?: number;
  /** Context length before scaling, unless the config sets it. It overrides the length in the scaling. */
  readonly original?: number;
  /**
   * Form of scaling that the family's class reads: `all layers` alike; `by type` of layer; or only `longrope`, with a
   * fraction of the columns that rotate.
   */
  readonly rope: 'all layers' | 'by type' | 'longrope';
}

/**
 * Reads the rotary positions of a config.json: transformers 5 writes `rope_parameters`, for all layers or for
 * each type of layer; older files have `rope_theta`, `rope_scaling` and `rope_local_base_freq`.
 *
 * @param json - The config without the fields that the family's class ignores.
 * @throws TypeError or RangeError that names the field.
 */
export function fromHubRope(json: JsonObject, context: RopeContext): RotarySettings {
  const given = objectOf('rope_parameters', json.rope_parameters) ?? {};
  const added = objectOf('rope_scaling', json.rope_scaling);
  if (context.rope === 'by type') return fromRopeByType(json, given, added, context);
  const all = added && Object.keys(added).length > 0 ? added : given;
  const own = json.original_max_position_embeddings;
  const original = numberOf('original_max_position_embeddings', own) ?? context.original;
  const theta = numberOf('rope_theta', all.rope_theta ?? json.rope_theta) ?? context.theta;
  const ropeScaling = (scaling: JsonObject) => scalingOf(scaling, context.maxPositions, original);
  if (context.rope === 'all layers') return { ropeTheta: theta, ropeScaling: ropeScaling(all) };
  const kind = all.rope_type ?? all.type ?? 'default';
  if (!PHI3_KINDS.includes(kind)) {
    throw new RangeError(`rope_type: expected default or longrope, got ${shownValue(kind)}`);
  }
  // The class treats these older names as longrope.
  const named = kind === 'default' ? all : { ...all, rope_type: 'longrope' };
  const turned = all.partial_rotary_factor ?? json.partial_rotary_factor;
  const share = numberOf('partial_rotary_factor', turned);
  return {
    ropeTheta: theta,
    ropeShare: share === 1 ? undefined : share,
    ropeScaling: ropeScaling(named),
  };
}

/** Values of `rope_type` that Phi-3's class accepts. It computes all except `default` as longrope. */
const PHI3_KINDS: readonly unknown[] = ['default', 'longrope', 'su', 'yarn'];

/**
 * Reads separate bases and scalings for layers with a sliding window and layers without one. Ramble scales layers
 * with a window like all others or not at all.
 */
function fromRopeByType(
  json: JsonObject,
  given: JsonObject,
  added: JsonObject | undefined,
  { maxPositions, theta, windowTheta }: RopeContext,
): RotarySettings {
  const read = (type: string, more: JsonObject, base: unknown, usual?: number) => {
    const all = { ...objectOf(type, given[type]), ...more };
    // The class reads `truncate` outside of the types.
    const scaling = scalingOf({ ...all, truncate: given.truncate }, maxPositions);
    return { theta: numberOf('rope_theta', all.rope_theta ?? base) ?? usual, scaling };
  };
  const full = read('full_attention', added ?? {}, json.rope_theta, theta);
  const local = read('sliding_attention', {}, json.rope_local_base_freq, windowTheta);
  const isSame =
    full.theta === local.theta && JSON.stringify(full.scaling) === JSON.stringify(local.scaling);
  if (local.scaling && !isSame) {
    throw new RangeError(
      `rope_parameters.sliding_attention: expected no scaling, or that of full_attention, got ${local.scaling.kind}`,
    );
  }
  return {
    ropeTheta: full.theta,
    ropeWindowTheta: isSame ? undefined : local.theta,
    ropeScaling: full.scaling,
  };
}

/**
 * Returns the rotary scaling that Hugging Face's fields describe; `undefined` for none.
 *
 * @param length - Context length before scaling; by default, the one in `given`.
 */
function scalingOf(
  given: JsonObject,
  maxPositions: number,
  length?: number,
): RopeScaling | undefined {
  const kind = given.rope_type ?? given.type ?? 'default';
  const number = (name: string): number | undefined =>
    numberOf(`rope_scaling.${name}`, given[name]);
  const needed = (name: string): number => {
    const value = number(name);
    if (value !== undefined) return value;
    throw new TypeError(
      `rope_scaling.${name}: expected a number for ${shownValue(kind)}, got none`,
    );
  };
  const original = length ?? number('original_max_position_embeddings') ?? maxPositions;
  switch (kind) {
    case 'default':
      return undefined;
    case 'linear':
      return { kind: 'linear', factor: needed('factor') };
    case 'dynamic':
      return { kind: 'dynamic', factor: needed('factor'), original: maxPositions };
    case 'llama3':
      return {
        kind: 'llama3',
        factor: needed('factor'),
        lowFactor: needed('low_freq_factor'),
        highFactor: needed('high_freq_factor'),
        original,
      };
    case 'yarn':
      return yarnOf(given, number, { maxPositions, original });
    case 'longrope':
    case 'su': {
      const factor = number('factor') ?? maxPositions / original;
      const usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
      return {
        kind: 'longrope',
        shortFactors: given.short_factor as number[], // ModelConfig's checks cover them
        longFactors: given.long_factor as number[],
        original,
        attentionFactor: number('attention_factor') ?? usual,
      };
    }
    default:
      throw new RangeError(
        `rope_type: expected default, linear, dynamic, llama3, yarn or longrope, got ${shownValue(kind)}`,
      );
  }
}

function yarnOf(
  { truncate }: JsonObject,
  number: (name: string) => number | undefined,
  { maxPositions, original }: { readonly maxPositions: number; readonly original: number },
): RopeScaling {
  const factor = number('factor') ?? maxPositions / original;
  const [mscale, allDim] = [number('mscale'), number('mscale_all_dim')];
  const usual =
    mscale && allDim ? yarnScale(factor, mscale) / yarnScale(factor, allDim) : yarnScale(factor);
  return {
    ...{ kind: 'yarn', factor, original },
    betaFast: number('beta_fast') ?? 32,
    betaSlow: number('beta_slow') ?? 1,
    attentionFactor: number('attention_factor') ?? usual,
    isRounded: truncate !== false,
  };
}

/**
 * Returns yarn's factor of the cosines and sines.
 *
 * @see Peng et al. 2023, section 3.4, https://arxiv.org/abs/2309.00071
 */
function yarnScale(factor: number, scale = 1): number {
  return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
}

/**
 * Returns the fields of a config.json for a model's rotary positions. It uses the older fields, which all
 * versions of transformers read. Positions that differ by type of layer need the fields of transformers 5.
 */
export function toHubRope(
  { ropeTheta = 10_000, ropeWindowTheta, ropeShare, ropeScaling }: RotarySettings,
  rope: RopeContext['rope'],
): JsonObject {
  const isPhi3 = rope === 'longrope';
  // The number of factors depends on the number of rotating columns. Other classes rotate all columns.
  const isWritten = ropeScaling?.kind === 'longrope' ? isPhi3 || ropeShare === undefined : !isPhi3;
  const scaling = ropeScaling && isWritten ? hubScaling(ropeScaling) : null;
  const full = { rope_type: 'default', rope_theta: ropeTheta, ...scaling };
  const local =
    ropeWindowTheta === undefined ? full : { rope_type: 'default', rope_theta: ropeWindowTheta };
  return {
    rope_theta: ropeTheta,
    rope_local_base_freq: ropeWindowTheta ?? ropeTheta,
    rope_scaling: scaling,
    ...(isPhi3 && {
      partial_rotary_factor: ropeShare ?? 1,
      ...(scaling && {
        original_max_position_embeddings: scaling.original_max_position_embeddings,
      }),
    }),
    ...(rope === 'by type' && {
      rope_parameters: {
        full_attention: full,
        sliding_attention: local,
        // The class reads it outside of the types.
        ...(scaling?.truncate === false && { truncate: false }),
      },
    }),
  };
}

/** Names of a scaling's settings in ramble and in config.json, in the order in which they are written. */
const SCALING_NAMES = Object.entries({
  ...{ factor: 'factor', lowFactor: 'low_freq_factor', highFactor: 'high_freq_factor' },
  ...{ betaFast: 'beta_fast', betaSlow: 'beta_slow' },
  ...{ shortFactors: 'short_factor', longFactors: 'long_factor' },
  ...{ attentionFactor: 'attention_factor', isRounded: 'truncate' },
  original: 'original_max_position_embeddings',
});

function hubScaling({ kind, ...scaling }: RopeScaling): JsonObject {
  const values = new Map<string, unknown>(Object.entries(scaling));
  if (kind === 'dynamic') values.delete('original'); // it is the context length
  const written = SCALING_NAMES.filter(([own]) => values.has(own));
  const fields = written.map(([own, theirs]) => [theirs, values.get(own)] as const);
  return { rope_type: kind, ...Object.fromEntries(fields) };
}

function objectOf(name: string, value: unknown): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (isObject(value)) return value;
  throw new TypeError(`${name}: expected an object, got ${shownValue(value)}`);
}

function numberOf(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw new TypeError(`${name}: expected a number above 0, got ${shownValue(value)}`);
}
