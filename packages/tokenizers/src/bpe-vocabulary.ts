import { type AddedToken } from './added-tokens.js';
import { type Merge } from './merge-table.js';
import { type SpecialTokens } from './special-tokens.js';

/** A byte-level BPE as data: what a tokenizer.json of Hugging Face holds. */
export interface BpeVocabulary {
  /** The token of every id in the byte alphabet (see spellBytes); of a special or added token its content. */
  readonly spellings: readonly string[];
  readonly specialTokens: SpecialTokens;
  /** Ordinary tokens that were added to it, and special ones that have options. */
  readonly addedTokens?: readonly AddedToken[];
  /** The id of every byte. */
  readonly byteIds: Int32Array;
  /** The merges, in the order in which they apply. */
  readonly merges: readonly Merge[];
}
