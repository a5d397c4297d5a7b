/** The destination of the code under test, like core's `ByteSink`. */
interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

/** Collects in memory all that `write` writes. */
export async function writtenBytes(write: (sink: Sink) => Promise<void>): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  await write({
    write: (bytes) => {
      pieces.push(Buffer.from(bytes)); // a copy: the writer may reuse its memory
      return Promise.resolve();
    },
  });
  return Uint8Array.from(Buffer.concat(pieces));
}
