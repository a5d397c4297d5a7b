/** Maximum number of bytes that are passed to one function call. */
const PART = 2 ** 13;

/** Encodes bytes in base64. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PART) {
    text += String.fromCharCode(...bytes.subarray(at, at + PART));
  }
  return btoa(text);
}

/**
 * Decodes a file from base64.
 *
 * @param name - Name of the field, for the error.
 * @throws RangeError if it is not base64.
 */
export function fromBase64(name: string, base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    throw new RangeError(`${name}: expected a file in base64, got other text`);
  }
}
