/** Bytes that go through a call of a function at once. */
const PART = 2 ** 13;

/** Bytes in base64. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PART) {
    text += String.fromCharCode(...bytes.subarray(at, at + PART));
  }
  return btoa(text);
}

/**
 * The bytes of a file in base64.
 *
 * @param name - The field that it came in.
 * @throws RangeError if it is not base64.
 */
export function fromBase64(name: string, base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    throw new RangeError(`${name}: expected a file in base64, got other text`);
  }
}
