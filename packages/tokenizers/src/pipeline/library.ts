import * as library from '@huggingface/tokenizers';

/** Rewrites a text. */
interface Normalizer {
  normalize(text: string): string;
}

/** The parts of `@huggingface/tokenizers` that are used, with the settings that they have in a file. */
interface Library {
  readonly SplitPreTokenizer: new (settings: unknown) => { readonly pattern: RegExp };
  readonly PrecompiledNormalizer: new (settings: unknown) => Normalizer;
  readonly StripAccentsNormalizer: new (settings: unknown) => Normalizer;
}

/** The library: its own declarations name files in a way that TypeScript does not find in a module. */
export const huggingFace = library as unknown as Library;
