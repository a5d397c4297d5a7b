import { fileLines } from '@ramble/core';

import type { Io } from '../../verb/io.js';

/** The lines of a conversation: typed at a terminal, or those of standard input. */
export async function* chatLines(io: Pick<Io, 'typed' | 'stdin'>): AsyncGenerator<string> {
  if (!io.typed) {
    yield* fileLines({ name: 'standard input', chunks: () => io.stdin });
    return;
  }
  for (;;) {
    const line = await io.typed.read('> ');
    if (line === undefined) return;
    yield line;
  }
}
