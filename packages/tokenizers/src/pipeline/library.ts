import * as library from '@huggingface/tokenizers';

/** Rewrites a text. */
interface Normalizer {
  normalize(text: string): string;
}

/**
 * The parts of `@huggingface/tokenizers` that ramble uses; their settings are the fields of a tokenizer.json.
 */
interface Library {
  readonly SplitPreTokenizer: new (settings: unknown) => { readonly pattern: RegExp };
  readonly PrecompiledNormalizer: new (settings: unknown) => Normalizer;
  readonly StripAccentsNormalizer: new (settings: unknown) => Normalizer;
}

/** The library with ramble's declarations, because TypeScript cannot resolve the files of its own. */
export const huggingFace = library as unknown as Library;
