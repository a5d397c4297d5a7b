/** A pair of tokens that join into a third one. */
export type Merge = readonly [left: string, right: string];

/** Pieces are no longer than this in any published vocabulary; of a longer one no merge is made. */
const MAX_CHARACTERS = 512;
/** Twice as many as the 262,144 pieces of Gemma 3 have. */
const MAX_MERGES = 2 ** 20;
/** Gemma 3 has about seven million. */
const MAX_TEXT = 2 ** 26;

/**
 * The merges of a SentencePiece vocabulary, which GGUF files and SentencePiece's own hold as a score for
 * each piece: of two pieces that can be joined, those with the better joint score are joined first. Each
 * way to cut a piece into two pieces is a merge; of one piece they are sorted by the ids of the parts, as
 * transformers sorts them.
 *
 * @param pieces - Every piece that text can become, by id.
 * @throws RangeError when there are far more merges than any published vocabulary has.
 */
export function mergesOfScores(
  pieces: ReadonlyMap<string, { readonly id: number; readonly score: number }>,
): Merge[] {
  const merges: { readonly pair: Merge; readonly score: number }[] = [];
  let length = 0;
  for (const [piece, { score }] of pieces) {
    const characters = Array.from(piece);
    if (characters.length > MAX_CHARACTERS) continue;
    const cuts: { readonly pair: Merge; readonly left: number; readonly right: number }[] = [];
    let at = 0;
    for (const character of characters.slice(0, -1)) {
      at += character.length;
      const pair = [piece.slice(0, at), piece.slice(at)] as const;
      const [left, right] = pair.map((part) => pieces.get(part)?.id);
      if (left !== undefined && right !== undefined) cuts.push({ pair, left, right });
    }
    cuts.sort((a, b) => a.left - b.left || a.right - b.right);
    for (const { pair } of cuts) merges.push({ pair, score });
    length += cuts.length * piece.length;
    if (merges.length > MAX_MERGES || length > MAX_TEXT) {
      throw new RangeError(
        `tokenizer.ggml.tokens: expected pieces that ${MAX_MERGES} merges of ${MAX_TEXT} characters in all can make, got more; use another tokenizer`,
      );
    }
  }
  return merges.sort((a, b) => b.score - a.score).map(({ pair }) => pair); // a stable sort
}
