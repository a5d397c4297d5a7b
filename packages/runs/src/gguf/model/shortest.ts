/** The number of the fewest digits that is the same in 32 bits: 0.00001 for 0.000009999999747378752. */
export function shortest(value: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === Math.fround(value)) return rounded;
  }
  return value;
}
