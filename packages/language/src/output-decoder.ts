import type { StreamDecoder, Tokenizer } from '@ramble/tokenizers';

/**
 * Decodes what follows a prompt, which goes on from it without a space taken away. Ids that begin with
 * those of a beginning, `<s>`, are a whole text: the beginning is no part of its text.
 */
export function outputDecoder(tokenizer: Tokenizer): StreamDecoder {
  const { beginning } = tokenizer;
  let decoder = tokenizer.streamDecoder({ continues: true });
  let begun = 0;
  let isOpen = beginning.length > 0;
  /** The ids that looked like a beginning. */
  const settle = (): string => {
    isOpen = false;
    return beginning
      .slice(0, begun)
      .map((id) => decoder.push(id))
      .join('');
  };
  const { reach } = decoder;
  return {
    ...(reach !== undefined && { reach: reach + beginning.length }),
    push: (id) => {
      if (!isOpen) return decoder.push(id);
      if (id !== beginning[begun]) return settle() + decoder.push(id);
      if (++begun < beginning.length) return '';
      isOpen = false;
      decoder = tokenizer.streamDecoder();
      return '';
    },
    end: () => (isOpen ? settle() : '') + decoder.end(),
  };
}
