import type { DataFile } from './bytes.js';

/**
 * Decodes the text of a file or of standard input, including a line end at its end.
 *
 * @param name - Name of the content, for the error message.
 * @throws TypeError if the content is not UTF-8.
 */
export function decodeText(name: string, content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (error) {
    throw new TypeError(`${name}: expected text in UTF-8, got other bytes`, { cause: error });
  }
}

/**
 * Decodes bytes that arrive in chunks, cut anywhere, as strict UTF-8. A byte-order mark at the start
 * is dropped; nothing else is changed.
 *
 * @param name - Name of the content, for error messages.
 * @throws Error with the offset of the first NUL byte or of the first byte that is not UTF-8.
 */
export async function* decodeUtf8(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<string> {
  let offset = 0;
  let held: Uint8Array = new Uint8Array(0); // the first bytes of an incomplete character
  for await (const chunk of chunks) {
    const bytes = held.length > 0 ? joined(held, chunk) : chunk;
    const end = bytes.length - unfinishedBytes(bytes);
    const text = decode(name, bytes.subarray(0, end), offset);
    yield offset === 0 && text.startsWith('\uFEFF') ? text.slice(1) : text;
    held = bytes.subarray(end);
    offset += end;
  }
  if (held.length > 0) throw notUtf8(name, held[0], offset);
}

function decode(name: string, bytes: Uint8Array, offset: number): string {
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    throw new Error(`${name}: expected UTF-8 text, got a NUL byte at offset ${offset + nul}`);
  }
  const text = strictText(bytes);
  if (text !== undefined) return text;
  const at = firstInvalid(bytes);
  throw notUtf8(name, bytes[at], offset + at);
}

/** Decodes strict UTF-8; returns `undefined` for other bytes. */
function strictText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // the error's message has no offset
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

function notUtf8(name: string, byte: number, offset: number): Error {
  const hex = byte.toString(16).padStart(2, '0');
  return new Error(
    `${name}: expected UTF-8 text, got byte 0x${hex} at offset ${offset}; iconv converts text of another encoding`,
  );
}

/** Returns the number of bytes at the end that begin an incomplete UTF-8 character, 0 to 3. */
function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    const continues = byte >= 0x80 && byte < 0xc0;
    if (!continues) return characterBytes(byte) > back ? back : 0;
  }
  return 0;
}

function firstInvalid(bytes: Uint8Array): number {
  let at = 0;
  while (strictText(bytes.subarray(at, at + characterBytes(bytes[at]))) !== undefined) {
    at += characterBytes(bytes[at]);
  }
  return at;
}

/** Returns the number of bytes of the character that begins with a byte. */
function characterBytes(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

/** Splits text that arrives in pieces, cut anywhere, into lines without their ends. The last line may be empty. */
export async function* splitLines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let parts: string[] = []; // parts of an incomplete line
  for await (const chunk of chunks) {
    const [head, ...tail] = chunk.split('\n');
    parts.push(head);
    for (const next of tail) {
      yield parts.join('');
      parts = [next];
    }
  }
  yield parts.join('');
}

/**
 * Yields the lines of a file in strict UTF-8, without their ends, `\n` or `\r\n`. The end of the last line may be
 * missing.
 *
 * @throws Error that names the file and the place of a byte that is not text.
 */
export async function* fileLines({
  name,
  chunks,
}: Pick<DataFile, 'name' | 'chunks'>): AsyncGenerator<string> {
  let waiting: string | undefined;
  for await (const line of splitLines(decodeUtf8(name, chunks()))) {
    if (waiting !== undefined) yield waiting;
    waiting = line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (waiting) yield waiting; // no line follows the last line's end
}
