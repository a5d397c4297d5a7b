import { decodeText } from '@ramble/core';

/** A text from the bytes of a file or of standard input, without the line end at its end. */
export function readLine(name: string, content: Uint8Array): string {
  return decodeText(name, content).replace(/\r?\n$/, '');
}
