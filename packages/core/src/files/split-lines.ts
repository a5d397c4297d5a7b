/** Text that arrives in pieces, cut anywhere, as lines without their ends; a last one may be empty. */
export async function* splitLines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let parts: string[] = []; // of a line that goes on
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
