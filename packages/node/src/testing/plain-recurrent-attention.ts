type Numbers = ArrayLike<number>;

/** Attention output of each position of the segments, `[B * T, C]`, in plain loops. */
export function plainRecurrentAttention(
  { qkv, weight, contentBias, distanceBias }: Readonly<Record<string, Numbers>>,
  { B, T, S, C, H }: Readonly<Record<'B' | 'T' | 'S' | 'C' | 'H', number>>,
  factors?: Numbers,
): Float64Array {
  const D = C / H;
  const sum = (count: number, term: (i: number) => number): number =>
    Array.from({ length: count }, (_, i) => term(i)).reduce((total, x) => total + x, 0);
  const at = (b: number, s: number, column: number): number => qkv[(b * S + s) * 3 * C + column];
  const sinusoid = (back: number, c: number): number => {
    const n = c % (C / 2);
    const angle = back / 10_000 ** ((2 * n) / C);
    return c < C / 2 ? Math.sin(angle) : Math.cos(angle);
  };
  const vector = (back: number, column: number): number =>
    sum(C, (c) => sinusoid(back, c) * weight[c * C + column]);
  const read = new Float64Array(B * T * C);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      const place = S - T + t;
      for (let h = 0; h < H; h++) {
        const scores = Array.from({ length: place + 1 }, (_, s) => {
          const products = sum(D, (d) => {
            const column = h * D + d;
            const query = at(b, place, column);
            const content = (query + contentBias[column]) * at(b, s, C + column);
            return content + (query + distanceBias[column]) * vector(place - s, column);
          });
          return Math.exp(products / Math.sqrt(D));
        });
        const total = scores.reduce((all, score) => all + score, 0);
        for (let d = 0; d < D; d++) {
          read[(b * T + t) * C + h * D + d] = sum(place + 1, (s) => {
            const factor = factors?.[((b * H + h) * T + t) * S + s] ?? 1;
            return (scores[s] / total) * factor * at(b, s, 2 * C + h * D + d);
          });
        }
      }
    }
  }
  return read;
}
