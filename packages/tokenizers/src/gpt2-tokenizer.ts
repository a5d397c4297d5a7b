import { assembleTokenizer } from './assemble-tokenizer.js';
import { bytePairEncoder, mergeBytes, spellBytes } from './byte-pair-encoder.js';
import { bpeFiles } from './hugging-face-files.js';
import { type Merge, MergeTable } from './write-hugging-face.js';
import {
  numberSpecialTokens,
  type SpecialTokenOptions,
  type SpecialTokens,
  type Tokenizer,
  writeSettings,
} from './tokenizer.js';

/**
 * Loads GPT-2's tokenizer: 50,257 ids, the last for `<|endoftext|>`, then the given special tokens.
 *
 * The first call loads the table of the package gpt-tokenizer. Its encoder is not used: it splits words by
 * JavaScript's white space, which differs from GPT-2's at U+0085 and U+FEFF, and needs quadratic time for a
 * long word.
 *
 * @throws RangeError if a special token's name is empty or occurs twice.
 * @see Radford et al. 2019, section 2.2
 */
export async function gpt2Tokenizer({
  specialTokens = [],
}: SpecialTokenOptions = {}): Promise<Tokenizer> {
  const { default: table } = await import('gpt-tokenizer/bpeRanks/r50k_base');
  const encoder = new TextEncoder();
  const tokens = table.map((token) =>
    typeof token === 'string' ? encoder.encode(token) : Uint8Array.from(token),
  );
  const byteIds = new Int32Array(256);
  tokens.slice(0, 256).forEach(([byte], id) => (byteIds[byte] = id));
  const merges = recoverMerges(tokens, byteIds);
  const assemble = (specials: SpecialTokens): Tokenizer =>
    assembleTokenizer({
      kind: 'gpt2',
      tokens,
      specialTokens: specials,
      encodeText: bytePairEncoder(merges.table),
      write: () => writeSettings('gpt2', specials, {}),
      extend: assemble,
      toHuggingFace: (contextLength) => {
        const spellings = [...tokens.map(spellBytes), ...specials.keys()];
        const vocabulary = { spellings, specialTokens: specials, byteIds, merges: merges.list };
        return bpeFiles(vocabulary, contextLength);
      },
    });
  return assemble(numberSpecialTokens(specialTokens, tokens.length));
}

/**
 * Recovers the merges from tokens in the order in which they were learned: applying the earlier merges to the bytes of
 * a token leaves two tokens, whose merge forms it.
 */
function recoverMerges(
  tokens: readonly Uint8Array[],
  byteIds: Int32Array,
): { table: MergeTable; list: readonly Merge[] } {
  const table = new MergeTable(byteIds);
  const list: Merge[] = [];
  for (let merged = 256; merged < tokens.length; merged++) {
    const [left, right] = mergeBytes(tokens[merged], table);
    const merge = { left, right, merged };
    table.add(merge);
    list.push(merge);
  }
  return { table, list };
}
