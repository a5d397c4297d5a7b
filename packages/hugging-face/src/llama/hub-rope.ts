import type { ModelConfig } from '@ramble/core';
import { isObject, type JsonObject, shownValue } from '@ramble/core/files';

type RotarySettings = Pick<
  ModelConfig,
  'ropeTheta' | 'ropeWindowTheta' | 'ropeShare' | 'ropeScaling'
>;
type RopeScaling = NonNullable<ModelConfig['ropeScaling']>;

/** What the rotary positions of a config depend on besides their own fields. */
export interface RopeContext {
  readonly maxPositions: number;
  /** Bases where the config has none, of all layers and of those with a window. */
  readonly theta: number;
  readonly windowTheta?: number;
}

/**
 * Reads the rotary positions of a config.json: transformers 5 writes `rope_parameters`, for all layers or for
 * each type of layer; files of the Hub have `rope_theta`, `rope_scaling` and `rope_local_base_freq`.
 *
 * @throws TypeError or RangeError that names the field.
 */
export function fromHubRope(json: JsonObject, context: RopeContext): RotarySettings {
  const given = json.rope_parameters;
  if (given !== undefined && given !== null && !isObject(given)) {
    throw new TypeError(`rope_parameters: expected an object, got ${shownValue(given)}`);
  }
  const all: JsonObject = given ?? {};
  const byType = isObject(all.full_attention) || isObject(all.sliding_attention);
  const full = byType ? objectOf('full_attention', all.full_attention) : (given ?? undefined);
  const sliding = byType ? objectOf('sliding_attention', all.sliding_attention) : undefined;
  const scaling = full ?? objectOf('rope_scaling', json.rope_scaling) ?? {};
  const theta = numberOf('rope_theta', full?.rope_theta ?? json.rope_theta) ?? context.theta;
  const windowTheta =
    numberOf('rope_local_base_freq', sliding?.rope_theta ?? json.rope_local_base_freq) ??
    context.windowTheta;
  const share = numberOf(
    'partial_rotary_factor',
    full?.partial_rotary_factor ?? json.partial_rotary_factor,
  );
  return {
    ropeTheta: theta,
    ropeWindowTheta: windowTheta,
    ropeShare: share === 1 ? undefined : share,
    ropeScaling: scalingOf(scaling, json, context),
  };
}

/** The scaling in Hugging Face's words. */
function scalingOf(
  given: JsonObject,
  json: JsonObject,
  { maxPositions }: RopeContext,
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
  const original =
    number('original_max_position_embeddings') ??
    numberOf('original_max_position_embeddings', json.original_max_position_embeddings) ??
    maxPositions;
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
    case 'yarn': {
      const factor = number('factor') ?? maxPositions / original;
      const [mscale, allDim] = [number('mscale'), number('mscale_all_dim')];
      const usual =
        mscale && allDim
          ? yarnScale(factor, mscale) / yarnScale(factor, allDim)
          : yarnScale(factor);
      return {
        kind: 'yarn',
        factor,
        original,
        betaFast: number('beta_fast') ?? 32,
        betaSlow: number('beta_slow') ?? 1,
        attentionFactor: number('attention_factor') ?? usual,
        isRounded: given.truncate !== false,
      };
    }
    case 'longrope':
    case 'su': {
      const factor = number('factor') ?? maxPositions / original;
      const usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
      return {
        kind: 'longrope',
        shortFactors: given.short_factor as number[], // the model's settings check them
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

/** @see Peng et al. 2023, section 3.4, https://arxiv.org/abs/2309.00071 */
function yarnScale(factor: number, scale = 1): number {
  return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
}

/** The rotary positions of a model as a config.json of the Hub has them. */
export function toHubRope({
  ropeTheta,
  ropeWindowTheta,
  ropeShare,
  ropeScaling,
}: RotarySettings): JsonObject {
  return {
    rope_theta: ropeTheta ?? null,
    ...(ropeWindowTheta !== undefined && { rope_local_base_freq: ropeWindowTheta }),
    ...(ropeShare !== undefined && { partial_rotary_factor: ropeShare }),
    rope_scaling: ropeScaling ? hubScaling(ropeScaling) : null,
  };
}

function hubScaling(scaling: RopeScaling): JsonObject {
  const type = { rope_type: scaling.kind };
  const original = 'original' in scaling && {
    original_max_position_embeddings: scaling.original,
  };
  switch (scaling.kind) {
    case 'linear':
    case 'dynamic':
      return { ...type, factor: scaling.factor };
    case 'llama3':
      return {
        ...type,
        factor: scaling.factor,
        low_freq_factor: scaling.lowFactor,
        high_freq_factor: scaling.highFactor,
        ...original,
      };
    case 'yarn':
      return {
        ...type,
        factor: scaling.factor,
        beta_fast: scaling.betaFast,
        beta_slow: scaling.betaSlow,
        attention_factor: scaling.attentionFactor,
        truncate: scaling.isRounded,
        ...original,
      };
    case 'longrope':
      return {
        ...type,
        short_factor: [...scaling.shortFactors],
        long_factor: [...scaling.longFactors],
        attention_factor: scaling.attentionFactor,
        ...original,
      };
  }
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
