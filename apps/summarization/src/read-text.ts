import { decodeText } from '@ramble/core';

/** A text from the bytes of a file or of standard input, with `\n` as its line ends and none at its end. */
export function readText(name: string, content: Uint8Array): string {
  return decodeText(name, content).replaceAll('\r\n', '\n').replace(/\n$/, '');
}
