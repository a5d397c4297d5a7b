const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Describes a token's bytes for people: quoted text with invisible characters escaped, or hexadecimal bytes
 * if they are not whole characters.
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

/** Control, format and unassigned characters, line separators, and every blank except U+0020. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function hex(byte: number): string {
  return `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Returns a copy of a string that shares no memory with it; lone surrogates become U+FFFD.
 *
 * V8 keeps a whole text alive for a slice of 13 characters or more, so a map of a corpus's words would keep
 * the corpus in memory.
 */
export function detach(slice: string): string {
  return decoder.decode(encoder.encode(slice));
}
