import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model.js';
import { checkIds } from '../parameters/parameter.js';
import * as tf from '@tensorflow/tfjs-core';

import { type Edit, editedLogits, recordSites, type Site } from './edited-pass.js';

/** The two tokens whose logit difference activation patching measures. */
export interface PatchingOptions {
  /** Token that the clean prompt should make more likely. */
  readonly answer: number;
  /** Token that it is compared with. */
  readonly other: number;
}

/**
 * Effects of single activations, from 0 (the logit difference stays that of the corrupted prompt) to 1 (it becomes that
 * of the clean one). Values outside of that range are possible.
 */
export interface PatchingEffects {
  /** Logit differences, answer minus other, after the last token of the unchanged prompts. */
  readonly difference: { readonly clean: number; readonly corrupted: number };
  /** Effects of a block's input at one position, `stream[layer][position]`. */
  readonly stream: readonly Float32Array[];
  /** Effects of the attention's output at one position, `attention[layer][position]`. */
  readonly attention: readonly Float32Array[];
  /** Effects of the MLP's output at one position, `mlp[layer][position]`. */
  readonly mlp: readonly Float32Array[];
  /** Effects of one head's output at all positions, `heads[layer][head]`. */
  readonly heads: readonly Float32Array[];
}

/**
 * Activation patching: runs the corrupted prompt once for each activation, with that activation taken from the clean
 * prompt, and measures the difference of two logits after the last token.
 *
 * @param clean - Prompt that the answer follows.
 * @param corrupted - Prompt with as many tokens, which differ where the information is.
 * @returns a generator that yields the number of runs that are done and the number of all, after each layer.
 * @throws RangeError if the prompts differ in length, a token is not in the vocabulary, or the logit difference is the
 *   same after both prompts.
 * @see Meng et al. 2022, section 2, https://arxiv.org/abs/2202.05262
 * @see Zhang and Nanda 2023, https://arxiv.org/abs/2309.16042
 */
export function* patchPrompt(
  model: Model,
  clean: TokenPrompt,
  corrupted: TokenPrompt,
  { answer, other }: PatchingOptions,
): Generator<{ readonly done: number; readonly of: number }, PatchingEffects, undefined> {
  const { nLayer, nHead, headDim, vocabSize } = model.config;
  const T = corrupted.tokens.length;
  checkQuestion(clean, corrupted, { answer, other }, vocabSize);
  const [source, target] = [clean, corrupted].map((prompt) => recordSites(model, prompt));
  const differenceOf = (logits: Float32Array): number => logits[answer] - logits[other];
  const difference = {
    clean: differenceOf(source.logits),
    corrupted: differenceOf(target.logits),
  };
  if (difference.clean === difference.corrupted) {
    throw new RangeError(
      'corrupted: expected a prompt that changes the logit difference of the two tokens, got the same difference; ' +
        'change the tokens that the answer depends on',
    );
  }
  const effectOf = (layer: number, edit: Edit): number => {
    const from = { layer, stream: target.at('stream', layer) };
    const logits = editedLogits(model, corrupted, edit, { from, isLastOnly: true });
    return (
      (differenceOf(logits) - difference.corrupted) / (difference.clean - difference.corrupted)
    );
  };
  const rowEffects = (kind: Site['kind'], layer: number): Float32Array =>
    Float32Array.from({ length: T }, (_, position) =>
      effectOf(
        layer,
        patch(kind, layer, source.at(kind, layer), (row) => row === position),
      ),
    );
  const effects = { stream: [], attention: [], mlp: [], heads: [] } as Record<
    Site['kind'],
    Float32Array[]
  >;
  const perLayer = 3 * T + nHead;
  for (let layer = 0; layer < nLayer; layer++) {
    for (const kind of ['stream', 'attention', 'mlp'] as const) {
      effects[kind].push(rowEffects(kind, layer));
    }
    const heads = source.at('heads', layer);
    effects.heads.push(
      Float32Array.from({ length: nHead }, (_, head) =>
        effectOf(
          layer,
          patch('heads', layer, heads, (__, column) => Math.floor(column / headDim) === head),
        ),
      ),
    );
    yield { done: (layer + 1) * perLayer, of: nLayer * perLayer };
  }
  return { difference, ...effects };
}

/** @throws RangeError if the prompts differ in length, or a token is not in the vocabulary. */
function checkQuestion(
  clean: TokenPrompt,
  corrupted: TokenPrompt,
  { answer, other }: PatchingOptions,
  vocabSize: number,
): void {
  const { length } = corrupted.tokens;
  if (clean.tokens.length !== length) {
    throw new RangeError(
      `clean: expected ${length} tokens, as many as the corrupted prompt has, got ${clean.tokens.length}`,
    );
  }
  checkIds('answer', [answer], vocabSize);
  checkIds('other', [other], vocabSize);
}

/** Returns the edit that replaces some numbers at one site. */
function patch(
  kind: Site['kind'],
  layer: number,
  values: Float32Array,
  isReplaced: (row: number, column: number) => boolean,
): Edit {
  return (value, site) => {
    if (site.kind !== kind || site.layer !== layer) return value;
    const width = value.shape[1];
    const chosen = Uint8Array.from(values, (_, i) =>
      Number(isReplaced(Math.floor(i / width), i % width)),
    );
    return tf.where(
      tf.tensor2d(chosen, value.shape, 'bool'),
      tf.tensor2d(values, value.shape),
      value,
    );
  };
}
