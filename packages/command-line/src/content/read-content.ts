import { stat } from 'node:fs/promises';

import type { AnyApp } from '@ramble/core';
import { textDocument, unpackedContent } from '@ramble/datasets';
import { readBytes } from '@ramble/node';

/**
 * The content of a file as a whole, unpacked where it is gzip or zstd; `-` is standard input.
 *
 * @param app - If it reads texts, a web page, an EPUB or a document of a word processor is its text.
 * @throws Error that names the file when it cannot be read, is damaged, or is a named pipe.
 */
export async function readContent(
  path: string,
  stdin: AsyncIterable<Uint8Array>,
  app?: Pick<AnyApp, 'data'>,
): Promise<Uint8Array> {
  if (path !== '-') await checkNoPipe(path);
  const file =
    path === '-'
      ? { name: 'standard input', chunks: () => stdin }
      : { name: path, chunks: () => readBytes(path) };
  const document = app?.data.fields && textDocument(path);
  const chunks: Uint8Array[] = [];
  for await (const chunk of document?.chunks() ?? unpackedContent(file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Pipes that a shell has opened already: what `<(PROGRAM)` stands for. */
const OPENED = /^\/(?:dev|proc)\//;

/** @throws Error for a named pipe: to open it would wait for its writer, without a word. */
async function checkNoPipe(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined); // what is wrong there, reading tells
  if (stats?.isFIFO() !== true || OPENED.test(path)) return;
  throw new Error(
    `${path}: expected a file, got a named pipe. Pipe a program's output into standard input: PROGRAM | ramble … with - in place of the file`,
  );
}
