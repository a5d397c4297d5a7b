import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model.js';
import { editablePrompt, meanActivation } from './interventions.js';
import { checkIndex } from './score-table.js';

/** A measure of one prediction: the logit of a token, or its difference from the logit of another token. */
export interface LogitMeasure {
  /** Id of the token whose logit after the last token of the prompt is measured. */
  readonly answer: number;
  /** Id of a token whose logit is subtracted; by default none. */
  readonly other?: number;
}

/** Progress of a computation of many passes. */
export interface CircuitProgress {
  /** Number of passes, or of blocks of passes, that are done. */
  readonly done: number;
  /** Number of passes, or of blocks of passes, in the whole computation. */
  readonly total: number;
}

/** Effect of ablations on one prediction: values of a `LogitMeasure` with each part of the model ablated in turn. */
export interface AblationMatrices {
  /** Value of the `LogitMeasure` for the unchanged model. */
  readonly measure: number;
  /** Value of the `LogitMeasure` with one head ablated, `heads[layer][head]`. */
  readonly heads: readonly (readonly number[])[];
  /** Value of the `LogitMeasure` with the attention of one layer ablated, `attention[layer]`. */
  readonly attention: readonly number[];
  /** Value of the `LogitMeasure` with the MLP of one layer ablated, `mlp[layer]`. */
  readonly mlp: readonly number[];
}

/**
 * Ablates each head, each layer of attention and each MLP in turn, at all positions, and measures one prediction.
 * Attention and MLPs are ablated as branches, with the bias of their last projection.
 *
 * @param options - `by` is the replacement of an ablated activation: zeros, or the activation's mean over all
 *   positions of the prompts `references`, by default the prompt itself.
 * @returns a generator that yields its progress after each pass.
 * @throws RangeError for a token that is not in the vocabulary, and in the same cases as `editablePrompt`.
 * @see Michel et al. 2019, "Are Sixteen Heads Really Better than One?" (zero ablation of heads)
 */
export function* ablatePrompt(
  model: Model,
  prompt: TokenPrompt,
  measure: LogitMeasure,
  {
    by = 'zero',
    references,
  }: { readonly by?: 'zero' | 'mean'; readonly references?: readonly TokenPrompt[] } = {},
): Generator<CircuitProgress, AblationMatrices, undefined> {
  const { nLayer, nHead, nEmbd, headDim, vocabSize } = model.config;
  checkMeasure(vocabSize, measure);
  const own = editablePrompt(model, prompt);
  const means =
    by === 'mean' ? (references?.map((each) => editablePrompt(model, each)) ?? [own]) : [];
  const total = nLayer * (nHead + 2);
  const [heads, attention, mlp]: [number[][], number[], number[]] = [[], [], []];
  let done = 0;
  const ablated = (part: 'heads' | 'attention' | 'mlp', layer: number, head?: number): number => {
    const place = { part, layer, head };
    const width = part === 'heads' ? headDim : nEmbd;
    const values = by === 'zero' ? new Float32Array(width) : meanActivation(means, place);
    return measured(own.logits([{ ...place, values }]), measure);
  };
  for (let layer = 0; layer < nLayer; layer++) {
    heads.push([]);
    for (let head = 0; head < nHead; head++) {
      heads[layer].push(ablated('heads', layer, head));
      yield { done: ++done, total };
    }
    attention.push(ablated('attention', layer));
    yield { done: ++done, total };
    mlp.push(ablated('mlp', layer));
    yield { done: ++done, total };
  }
  return { measure: measured(own.logits(), measure), heads, attention, mlp };
}

/**
 * Effects of patching activations of a clean prompt into the pass of a corrupted prompt, one at a time. An effect is
 * 0 if the measure stays at the corrupted prompt's, and 1 if it becomes the clean prompt's.
 */
export interface PatchMatrices {
  /**
   * Value of the `LogitMeasure` for the clean prompt. `corrupted` is its value for the corrupted prompt, without
   * patches.
   */
  readonly clean: number;
  readonly corrupted: number;
  /** Effect of patching the residual stream before one block at one position, `stream[layer][position]`. */
  readonly stream: readonly (readonly number[])[];
  /** Effect of patching the branch of attention at one position, `attention[layer][position]`. */
  readonly attention: readonly (readonly number[])[];
  /** Effect of patching the branch of the MLP at one position, `mlp[layer][position]`. */
  readonly mlp: readonly (readonly number[])[];
  /** Effect of patching the output of one head at all positions, `heads[layer][head]`. */
  readonly heads: readonly (readonly number[])[];
}

/**
 * Patches activations of a clean prompt into the run of a corrupted prompt, one at a time, and measures how much of
 * the clean prediction each restores: `(measure - corrupted) / (clean - corrupted)`.
 *
 * @param prompts - Two prompts of equal length.
 * @returns a generator that yields its progress after each pass. It needs `nLayer (3 T + H)` passes.
 * @throws RangeError for prompts of different lengths, or with the same measure, for a token that is not in the
 *   vocabulary, and in the same cases as `editablePrompt`.
 * @see Meng et al. 2022, section 2.1, https://arxiv.org/abs/2202.05262 (causal tracing)
 * @see Wang et al. 2022, https://arxiv.org/abs/2211.00593 (logit differences of patched heads)
 */
export function* patchPrompts(
  model: Model,
  { clean, corrupted }: { readonly clean: TokenPrompt; readonly corrupted: TokenPrompt },
  measure: LogitMeasure,
): Generator<CircuitProgress, PatchMatrices, undefined> {
  const { nLayer, nHead, vocabSize } = model.config;
  checkMeasure(vocabSize, measure);
  const [from, into] = [editablePrompt(model, clean), editablePrompt(model, corrupted)];
  const T = from.length;
  if (into.length !== T) {
    throw new RangeError(
      `corrupted: expected ${T} tokens, as in the clean prompt, got ${into.length}`,
    );
  }
  const ends = [from, into].map((prompt) => measured(prompt.logits(), measure));
  if (ends[0] === ends[1]) {
    throw new RangeError(
      `corrupted: expected a prompt whose measure differs from the clean prompt's, got ${ends[1]} for both`,
    );
  }
  const total = nLayer * (3 * T + nHead);
  let done = 0;
  const patched = (
    part: 'stream' | 'attention' | 'mlp' | 'heads',
    layer: number,
    at: { readonly position?: number; readonly head?: number },
  ): number => {
    const place = { part, layer, head: at.head };
    const values = from.activations.read(place);
    const logits = into.logits([{ ...place, position: at.position, values }]);
    return (measured(logits, measure) - ends[1]) / (ends[0] - ends[1]);
  };
  const found: Record<'stream' | 'attention' | 'mlp' | 'heads', number[][]> = {
    ...{ stream: [], attention: [], mlp: [], heads: [] },
  };
  for (const part of ['stream', 'attention', 'mlp', 'heads'] as const) {
    for (let layer = 0; layer < nLayer; layer++) {
      const row: number[] = [];
      found[part].push(row);
      for (let i = 0; i < (part === 'heads' ? nHead : T); i++) {
        row.push(patched(part, layer, part === 'heads' ? { head: i } : { position: i }));
        yield { done: ++done, total };
      }
    }
  }
  return { clean: ends[0], corrupted: ends[1], ...found };
}

/** Returns the value of a measure for the logits after the last token, `[V]`. */
function measured(logits: Float32Array, { answer, other }: LogitMeasure): number {
  return logits[answer] - (other === undefined ? 0 : logits[other]);
}

/**
 * Checks the tokens of a measure.
 *
 * @throws RangeError if a token is not in the vocabulary.
 */
export function checkMeasure(vocabSize: number, { answer, other }: LogitMeasure): void {
  checkIndex('answer', answer, vocabSize);
  if (other !== undefined) checkIndex('other', other, vocabSize);
}

/** Runs a generator to its end and returns its result. */
export function finished<R>(generator: Generator<unknown, R, undefined>): R {
  for (;;) {
    const next = generator.next();
    if (next.done) return next.value;
  }
}
