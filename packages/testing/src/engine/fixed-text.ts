/** Token ids below `vocabSize` that repeat themselves now and then, as a text does; always the same. */
export function fixedText(length: number, vocabSize: number): number[] {
  return Array.from({ length }, (_, i) => (((i % 13) ** 2 + 3 * (i % 7)) * 5) % vocabSize);
}
