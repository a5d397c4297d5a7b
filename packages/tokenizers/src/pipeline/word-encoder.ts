import { type WorkBudget } from '../work-budget.js';

/**
 * The ids of one word, as the model of a tokenizer.json gives them.
 *
 * @throws RangeError when a search for tokens takes too long.
 */
export type EncodeWord = (word: string, budget: WorkBudget) => readonly number[];

/** What becomes of a piece of a word that is no token. */
export interface UnknownPieces {
  /** Id of the unknown token; `undefined` where unknown pieces are dropped. */
  readonly unknownId: number | undefined;
  /** Whether a piece that is no token is spelled in bytes, `<0xE2>`, where all of them are tokens. */
  readonly hasByteFallback: boolean;
  /** Whether several unknown pieces in a row are one unknown token. */
  readonly isFused: boolean;
}

/** Turns the pieces of a word into ids. */
export function pieceEncoder(
  vocab: ReadonlyMap<string, number>,
  { unknownId, hasByteFallback, isFused }: UnknownPieces,
): (pieces: Iterable<string>) => number[] {
  const encoder = new TextEncoder();
  const bytesOf = (piece: string): (number | undefined)[] =>
    Array.from(encoder.encode(piece), (byte) => vocab.get(spellFallbackByte(byte)));
  return (pieces) => {
    const ids: number[] = [];
    let isAfterUnknown = false;
    for (const piece of pieces) {
      const id = vocab.get(piece);
      if (id !== undefined) {
        ids.push(id);
        isAfterUnknown = false;
        continue;
      }
      const bytes = hasByteFallback ? bytesOf(piece) : [undefined];
      if (bytes.every((byte) => byte !== undefined)) {
        ids.push(...bytes);
        isAfterUnknown = false;
      } else if (unknownId !== undefined) {
        if (!(isFused && isAfterUnknown)) ids.push(unknownId);
        isAfterUnknown = true;
      }
    }
    return ids;
  };
}

function spellFallbackByte(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}
