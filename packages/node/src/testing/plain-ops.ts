/** The ops in plain loops and double precision, each as its formula reads: the tests' oracle. */

type Numbers = ArrayLike<number>;

export function plainGelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

/** Returns `x · weight + bias`, `[N, O]`, of `x`, `[N, I]`, and `weight`, `[I, O]`. */
export function plainLinear(x: Numbers, weight: Numbers, bias: Numbers): Float64Array {
  const O = bias.length;
  const I = weight.length / O;
  return Float64Array.from({ length: (x.length / I) * O }, (_, i) => {
    const [n, o] = [Math.floor(i / O), i % O];
    return bias[o] + sum(I, (k) => x[n * I + k] * weight[k * O + o]);
  });
}

/** Returns the layer norm of the rows of `[N, C]`. */
export function plainLayerNorm(
  x: Numbers,
  gain: Numbers,
  bias: Numbers,
  eps: number,
): Float64Array {
  const C = gain.length;
  return Float64Array.from(x, (value, i) => {
    const row = i - (i % C);
    const mean = sum(C, (c) => x[row + c]) / C;
    const variance = sum(C, (c) => (x[row + c] - mean) ** 2) / C;
    return ((value - mean) / Math.sqrt(variance + eps)) * gain[i % C] + bias[i % C];
  });
}

export interface PlainAttention {
  readonly B: number;
  readonly H: number;
  /** Length of each sequence's prefix. */
  readonly prefixLengths?: Numbers;
  /** Number of positions of each sequence without padding. */
  readonly lengths?: Numbers;
  /** Vectors of distances, `[H, M, D]`; row M - 1 - d is distance d. */
  readonly distances?: Numbers;
  /** Returns the number added to a head's scaled score for a key `back` positions earlier. */
  readonly bias?: (head: number, back: number) => number;
  /** Returns the first position that position `t` attends to; 0 unless given. */
  readonly firstSeen?: (t: number) => number;
  /** Factor of each weight after the softmax, `[B, H, T, T]`. */
  readonly factors?: Numbers;
}

/** Returns the attention output of each position, `[B * T, C]`, from queries, keys and values, `[B * T, 3C]`. */
export function plainAttention(
  qkv: Numbers,
  C: number,
  {
    B,
    H,
    prefixLengths,
    lengths,
    distances,
    bias = () => 0,
    firstSeen = () => 0,
    factors,
  }: PlainAttention,
): Float64Array {
  const T = qkv.length / (3 * C * B);
  const D = C / H;
  const at = (b: number, t: number, part: number, h: number, d: number): number =>
    qkv[(b * T + t) * 3 * C + part * C + h * D + d];
  const M = (distances?.length ?? 0) / C;
  const distance = (h: number, back: number, d: number): number =>
    back < M ? (distances?.[(h * M + M - 1 - back) * D + d] ?? 0) : 0;
  const read = new Float64Array(B * T * C);
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < H; h++) {
      const length = lengths?.[b] ?? T;
      for (let t = 0; t < length; t++) {
        const scores = Array.from({ length }, (_, s) => {
          const seen = (s <= t && s >= firstSeen(t)) || s < (prefixLengths?.[b] ?? 0);
          const dot = sum(
            D,
            (d) => at(b, t, 0, h, d) * (at(b, s, 1, h, d) + distance(h, t - s, d)),
          );
          return seen ? dot / Math.sqrt(D) + bias(h, t - s) : -Infinity;
        });
        const logTotal = plainLogSumExp(scores, length, 0);
        const weight = (s: number): number =>
          Math.exp(scores[s] - logTotal) * (factors?.[((b * H + h) * T + t) * T + s] ?? 1);
        for (let d = 0; d < D; d++) {
          read[(b * T + t) * C + h * D + d] = sum(length, (s) => weight(s) * at(b, s, 2, h, d));
        }
      }
    }
  }
  return read;
}

/** Options of compressed attention over G groups. `factors` of the attention weights are `[B, H, T, 1 + G]`. */
export interface PlainCompressed extends Pick<PlainAttention, 'B' | 'H' | 'lengths' | 'factors'> {
  /** Number of positions in a group. */
  readonly K: number;
}

/**
 * Returns the output of compressed attention for each position, `[B * T, C]`. `qkv`, `[B * T, 3C]`, has the queries
 * of all positions, and the key and the value of the first position. Each position attends to the first position, and
 * to the groups that end before it. `keys` and `values`, `[B * G, C]` each, have a row for each group.
 */
export function plainCompressed(
  qkv: Numbers,
  keys: Numbers,
  values: Numbers,
  C: number,
  { B, H, K, lengths, factors }: PlainCompressed,
): Float64Array {
  const T = qkv.length / (3 * C * B);
  const [D, G] = [C / H, keys.length / (B * C)];
  const read = new Float64Array(B * T * C);
  for (let b = 0; b < B; b++) {
    for (let column = 0; column < C; column++) {
      const h = Math.floor(column / D);
      const own = (t: number, part: number, c: number): number =>
        qkv[((b * T + t) * 3 + part) * C + c];
      const entry = (memory: Numbers, part: number, m: number, c: number): number =>
        m === 0 ? own(0, part, c) : memory[(b * G + m - 1) * C + c];
      for (let t = 0; t < (lengths?.[b] ?? T); t++) {
        const seen = 1 + Math.floor(t / K);
        const scores = Array.from({ length: seen }, (_, m) => {
          const dot = sum(D, (d) => own(t, 0, h * D + d) * entry(keys, 1, m, h * D + d));
          return dot / Math.sqrt(D);
        });
        const logTotal = plainLogSumExp(scores, seen, 0);
        read[(b * T + t) * C + column] = sum(seen, (m) => {
          const factor = factors?.[((b * H + h) * T + t) * (1 + G) + m] ?? 1;
          return Math.exp(scores[m] - logTotal) * factor * entry(values, 2, m, column);
        });
      }
    }
  }
  return read;
}

export interface PlainLoss {
  readonly targets: Numbers;
  readonly weights: Numbers;
  /** Target probability of `id` if the next token is `target`. */
  readonly wanted?: (id: number, target: number) => number;
  readonly zLoss?: number;
}

/** Returns the weighted loss of `[N, C]` hidden states under a `[V, C]` projection. */
export function plainCrossEntropy(
  hidden: Numbers,
  projection: Numbers,
  { targets, weights, wanted = (id, target) => (id === target ? 1 : 0), zLoss = 0 }: PlainLoss,
): number {
  const N = targets.length;
  const C = hidden.length / N;
  const V = projection.length / C;
  return sum(N, (n) => {
    const logits = Array.from({ length: V }, (_, v) =>
      sum(C, (c) => hidden[n * C + c] * projection[v * C + c]),
    );
    const logSumExp = plainLogSumExp(logits, V, 0);
    const cross = -sum(V, (v) => wanted(v, targets[n]) * (logits[v] - logSumExp));
    return weights[n] * (cross + zLoss * logSumExp ** 2);
  });
}

function plainLogSumExp(logits: Numbers, V: number, row: number): number {
  const max = Math.max(...Array.from({ length: V }, (_, v) => logits[row * V + v]));
  return max + Math.log(sum(V, (v) => Math.exp(logits[row * V + v] - max)));
}

function sum(count: number, term: (index: number) => number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += term(i);
  return total;
}

/**
 * Attention settings for small tests: even a short text is longer than the table of distances and than a local block.
 */
interface AttentionSizes<Attention> {
  readonly attention: Attention;
  readonly maxDistance?: number;
  readonly localBlock?: number;
  readonly compressionFactor?: number;
}

/** Returns the sizes that a kind or pattern of attention needs in a small test. */
export function attentionSizes<Attention extends string>(
  attention: Attention,
): AttentionSizes<Attention> {
  return {
    attention,
    ...(attention.includes('relative') && { maxDistance: 5 }),
    ...(attention.includes('local') && { localBlock: 3 }),
    ...(attention.includes('compressed') && { compressionFactor: 3 }),
  };
}

/** Returns the attention output of Transformer-XL for each position of the segments, `[B * T, C]`. */
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
