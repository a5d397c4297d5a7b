import { assembleTokenizer } from './assemble-tokenizer.js';
import { byteAlphabet } from './byte-alphabet.js';
import { bpeFiles } from './hugging-face-files.js';
import { numberSpecialTokens } from './special-tokens.js';
import { type SpecialTokenOptions, type Tokenizer } from './tokenizer.js';
import { writeSettings } from './write-settings.js';

/**
 * The 256 bytes of UTF-8, each its own id; then the special tokens, `<|endoftext|>` as 256. It needs
 * no training and knows every text.
 *
 * @throws RangeError when a special token's name is empty or comes twice.
 */
export function byteTokenizer({ specialTokens = [] }: SpecialTokenOptions = {}): Tokenizer {
  const encoder = new TextEncoder();
  const specials = numberSpecialTokens(specialTokens, 256);
  return assembleTokenizer({
    kind: 'bytes',
    tokens: Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
    specialTokens: specials,
    encodeText: (text, from, to, ids) => {
      for (const byte of encoder.encode(text.slice(from, to))) ids.push(byte);
    },
    write: () => writeSettings('bytes', specials, {}),
    extend: (more) => byteTokenizer({ specialTokens: [...more.keys()] }),
    // A byte-pair encoding without pairs.
    toHuggingFace: (contextLength) =>
      bpeFiles(
        {
          spellings: [...byteAlphabet, ...specials.keys()],
          specialTokens: specials,
          byteIds: Int32Array.from(byteAlphabet, (_, byte) => byte),
          merges: [],
        },
        contextLength,
      ),
  });
}
