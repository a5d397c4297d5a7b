const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A token's bytes for people: quoted text in which nothing is invisible, or the bytes in
 * hexadecimal when they are not whole characters.
 */
export function describeBytes(bytes: Uint8Array): string {
  let text: string;
  try {
    text = strictDecoder.decode(bytes);
  } catch {
    return Array.from(bytes, hex).join(' ');
  }
  return JSON.stringify(text).replace(INVISIBLE, (character) => {
    const digits = character.codePointAt(0)?.toString(16) ?? '';
    return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`;
  });
}

/** Controls, formats, unassigned and line marks, and every blank but U+0020. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function hex(byte: number): string {
  return `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * A copy of a string that shares no memory with it, lone surrogates replaced by U+FFFD.
 *
 * V8 keeps a whole text alive for a slice of 13 characters or more, so that a map of the words
 * of a corpus would hold the corpus.
 */
export function detach(slice: string): string {
  return decoder.decode(encoder.encode(slice));
}
