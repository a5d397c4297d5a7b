import type { PromptAttention } from '@ramble/core/study';

/** Attention weights between the tokens of a translation and the tokens of its source. */
export interface Alignment {
  /** Tokens of the source, as text. */
  readonly source: readonly string[];
  /** Tokens of the output, as text, and `…` for the token that would come next. */
  readonly output: readonly string[];
  /** The mean of the weights over all layers, then the weights of each layer; all are means over heads. */
  readonly grids: readonly AlignmentGrid[];
}

/**
 * Attention weights, `weights[output][source]`. Rows sum to less than 1, because attention to other tokens is
 * left out.
 */
interface AlignmentGrid {
  readonly name: string;
  readonly weights: readonly (readonly number[])[];
}

/**
 * Returns how much each token of a translation attended to each token of its source. Each token is predicted at the
 * position before it, so its weights are the attention weights of that position; for the first token, this is the
 * position of the tag.
 *
 * @param study - Attention weights of a prompt that has a source, its tag and its translation, if any.
 * @throws RangeError for a prompt without a tag.
 */
export function alignmentOf({ tokens, attention }: PromptAttention): Alignment {
  const tag = tokens.findIndex(({ word }) => /^<2.+>$/.test(word));
  if (tag < 0)
    throw new RangeError('prompt: expected a tag such as <2fr> after a source, got none');
  const words = tokens.map(({ word }) => wordText(word));
  const [source, output] = [words.slice(0, tag), [...words.slice(tag + 1), '…']];
  const layers = attention.map((heads) =>
    output.map((_, n) => source.map((__, i) => average(heads.map((rows) => rows[tag + n][i])))),
  );
  const mean = output.map((_, n) =>
    source.map((__, i) => average(layers.map((rows) => rows[n][i]))),
  );
  return {
    source,
    output,
    grids: [
      { name: 'mean of all layers', weights: mean },
      ...layers.map((weights, layer) => ({ name: `layer ${layer}`, weights })),
    ],
  };
}

/** Returns a token as text with visible spaces, without the quotes of its description. */
function wordText(word: string): string {
  const text = /^"(.*)"$/s.exec(word)?.[1] ?? word;
  return text.replaceAll(' ', '␣');
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
