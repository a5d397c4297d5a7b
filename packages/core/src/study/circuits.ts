import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model.js';
import { largestTokens } from '../sampling/draw-token.js';
import {
  ablatePrompt,
  type AblationMatrices,
  type CircuitProgress,
  type PatchMatrices,
  patchPrompts,
} from './circuit-matrices.js';
import { type HeadScores, repeatedHeadScores } from './head-scores.js';
import { editablePrompt } from './interventions.js';
import { attributeLogit, type LogitAttribution } from './logit-attribution.js';

/** The measurements to make of the parts of a model. */
export interface CircuitRequest {
  /** Id of the token whose logit is measured; by default the likeliest token after the prompt. */
  readonly answer?: number;
  /**
   * Id of the token whose logit is subtracted; by default the likeliest token after `corrupted` that is not the
   * answer, or none if `corrupted` is absent.
   */
  readonly other?: number;
  /** Values by which each head, each layer of attention and each MLP is replaced in turn (`ablatePrompt`). */
  readonly ablate?: 'zero' | 'mean';
  /** Prompt into whose pass activations are patched (`patchPrompts`). */
  readonly corrupted?: TokenPrompt;
  /** Whether the logit is attributed to the parts of the model (`attributeLogit`). */
  readonly attribute?: boolean;
  /** Whether the heads are scored on random tokens that are repeated (`repeatedHeadScores`). */
  readonly headScores?: boolean;
}

/** Measurements of the parts of a model; a field for each that was requested. */
export interface Circuits {
  /** Id of the token whose logit is measured; absent if only heads are scored. */
  readonly answer?: number;
  /** Id of the token whose logit is subtracted. */
  readonly other?: number;
  readonly ablation?: AblationMatrices & { readonly by: 'zero' | 'mean' };
  readonly patching?: PatchMatrices;
  readonly attribution?: LogitAttribution;
  readonly headScores?: readonly (readonly HeadScores[])[];
}

/**
 * Measures the parts of a model for one prediction.
 *
 * @returns a generator that yields its progress after each pass of an ablation or of patching.
 * @throws RangeError in the same cases as the functions that compute the requested measurements.
 */
export function* measureCircuits(
  model: Model,
  prompt: TokenPrompt,
  { ablate: by, corrupted, attribute, headScores, ...given }: CircuitRequest,
): Generator<CircuitProgress, Circuits, undefined> {
  const scores = headScores && { headScores: repeatedHeadScores(model) };
  if (by === undefined && !corrupted && !attribute) return { ...scores };
  const likeliest = (after: TokenPrompt): readonly number[] =>
    largestTokens(editablePrompt(model, after).logits(), 2);
  const answer = given.answer ?? likeliest(prompt)[0];
  const other = given.other ?? (corrupted && likeliest(corrupted).find((id) => id !== answer));
  const measure = { answer, other };
  return {
    ...measure,
    ...(by && { ablation: { by, ...(yield* ablatePrompt(model, prompt, measure, { by })) } }),
    ...(corrupted && {
      patching: yield* patchPrompts(model, { clean: prompt, corrupted }, measure),
    }),
    ...(attribute && { attribution: attributeLogit(model, prompt, measure) }),
    ...scores,
  };
}
