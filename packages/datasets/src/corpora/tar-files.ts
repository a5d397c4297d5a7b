import { createReadStream } from 'node:fs';

/** A file in an archive. */
export interface TarFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Reads the files of a .tar or .tar.gz archive in order; a few of them are in memory at a time. */
export async function* tarFiles(archive: string): AsyncGenerator<TarFile> {
  const { Parser } = await import('tar'); // not before it is used: this is loaded with every command
  const found: TarFile[] = [];
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const chunks: Buffer[] = [];
      entry.on('data', (chunk) => chunks.push(chunk));
      entry.on('end', () => {
        if (entry.type === 'File') found.push({ path: entry.path, content: Buffer.concat(chunks) });
      });
    },
  });
  const chunks: AsyncIterable<Buffer> = createReadStream(archive);
  for await (const chunk of chunks) {
    parser.write(chunk); // it has called for all entries that end in the chunk when it returns
    yield* found.splice(0);
  }
  parser.end();
  yield* found;
}
