import * as library from '@huggingface/tokenizers';

/** Rewrites a text. */
export interface LibraryNormalizer {
  normalize(text: string): string;
}

/**
 * The parts of `@huggingface/tokenizers` that ramble uses; their settings are the fields of a tokenizer.json.
 */
interface Library {
  readonly SplitPreTokenizer: new (settings: unknown) => { readonly pattern: RegExp };
  readonly PrecompiledNormalizer: new (settings: unknown) => LibraryNormalizer;
  readonly StripAccentsNormalizer: new (settings: unknown) => LibraryNormalizer;
}

/** The library with ramble's type declarations, because TypeScript cannot resolve the library's own. */
export const huggingFace = library as unknown as Library;
