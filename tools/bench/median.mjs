/** Returns the median of some numbers; for an even count, the upper one of the two in the middle. */
export function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
