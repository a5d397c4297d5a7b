/** The length of the longest common subsequence of two sequences. */
export function longestCommonLength(a: Int32Array, b: Int32Array): number {
  let above = new Int32Array(b.length + 1);
  let row = new Int32Array(b.length + 1);
  for (const word of a) {
    fillRow(word, b, above, row);
    [above, row] = [row, above];
  }
  return above[b.length];
}

/**
 * The places in `a` of a longest common subsequence with `b`: among all of them the one that
 * rouge-score takes.
 */
export function longestCommonPlaces(a: Int32Array, b: Int32Array): number[] {
  const width = b.length + 1;
  // Whether the subsequence that ends before an entry goes on to the left rather than above.
  const goesLeft = new Uint8Array(a.length * width);
  let above = new Int32Array(width);
  let row = new Int32Array(width);
  for (let i = 0; i < a.length; i++) {
    fillRow(a[i], b, above, row);
    for (let j = 1; j < width; j++) goesLeft[i * width + j] = row[j - 1] > above[j] ? 1 : 0;
    [above, row] = [row, above];
  }
  const places: number[] = [];
  let [i, j] = [a.length, b.length];
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      i--;
      j--;
      places.push(i);
    } else if (goesLeft[(i - 1) * width + j] === 1) j--;
    else i--;
  }
  return places;
}

/** Lengths for one word more of `a` and all beginnings of `b`. */
function fillRow(word: number, b: Int32Array, above: Int32Array, row: Int32Array): void {
  for (let j = 1; j <= b.length; j++) {
    if (word === b[j - 1]) row[j] = above[j - 1] + 1;
    else row[j] = above[j] > row[j - 1] ? above[j] : row[j - 1];
  }
}
