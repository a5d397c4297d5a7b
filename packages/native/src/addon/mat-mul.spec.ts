import { loadAddon } from './load-addon.js';

const SIZES = [1, 7, 8, 9, 15, 16, 17, 63, 64, 65];
const addon = loadAddon({});

/** A batch of one. */
const ONE = { batch: 1, aStep: 0, bStep: 0, bf16: false };

/** A product of one matrix by another. */
interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

describe.each(addon.instructionSets())('matMul on %s', (instructionSet) => {
  beforeEach(() => loadAddon({ RAMBLE_ISA: instructionSet, RAMBLE_THREADS: '2' }));
  afterAll(() => loadAddon({}));

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])(
    'multiplies sizes that do not fit vectors or tiles; transposed: %p, %p',
    (transposeA, transposeB) => {
      for (const [i, m] of SIZES.entries()) {
        for (const [j, n] of SIZES.entries()) {
          // A third of the inner sizes, another third for the next pair.
          for (const k of SIZES.filter((_, s) => (i + j + s) % 3 === 0)) {
            const product = { m, n, k, transposeA, transposeB };
            const [a, b] = [waves(m * k, 1), waves(k * n, 2)];
            const worst = worstDifference(multiply(product, a, b), plain(product, a, b));
            if (worst > 1e-4) throw new Error(`${JSON.stringify(product)}: ${worst} off`);
          }
        }
      }
    },
  );

  it.each([
    [3, 300, 700],
    [130, 270, 600],
  ])('adds a bias and writes GELU to a second array, [%i, %i] over %i', (m, n, k) => {
    const product = { m, n, k, transposeA: false, transposeB: false };
    const [a, b, bias] = [waves(m * k, 1), waves(k * n, 2), waves(n, 3)];
    const [c, activated] = [new Float32Array(m * n), new Float32Array(m * n)];
    addon.matMul({ ...ONE, ...product, a, b, bias, c, activated });
    const expected = plain(product, a, b).map((value, i) => value + bias[i % n]);
    expect(worstDifference(c, expected)).toBeLessThan(1e-3);
    expect(worstDifference(activated, expected.map(gelu))).toBeLessThan(1e-3);
  });

  it('multiplies a transposed matrix of more rows than a thread packs at once', () => {
    addon.setThreads(1);
    const product = { m: 1100, n: 35, k: 40, transposeA: true, transposeB: false };
    const [a, b] = [waves(1100 * 40, 1), waves(40 * 35, 2)];
    expect(worstDifference(multiply(product, a, b), plain(product, a, b))).toBeLessThan(1e-4);
  });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])(
    'multiplies operands that are rounded to bf16; transposed: %p, %p',
    (transposeA, transposeB) => {
      for (const [m, n, k] of [
        ...SIZES.map((size, i) => [size, SIZES[(i + 3) % 10], SIZES[(i + 7) % 10]]),
        [14, 32, 2],
        [130, 70, 801],
        [1100, 35, 40],
      ]) {
        const product = { m, n, k, transposeA, transposeB };
        const [a, b] = [waves(m * k, 1), waves(k * n, 2)];
        const expected = plain(product, a.map(toBfloat16), b.map(toBfloat16));
        const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const worst = worstDifference(multiply(product, a, b, true), expected) / scale;
        if (!(worst < 1e-5)) throw new Error(`${JSON.stringify(product)}: ${worst} off`);
      }
    },
  );

  it('rounds ties of bf16 to even, and carries to the exponent', () => {
    const numbers = [
      1 + 2 ** -8,
      1 + 3 * 2 ** -8,
      -1 - 2 ** -8,
      2 - 2 ** -9,
      1 + 2 ** -8 + 2 ** -20,
    ];
    const rounded = [1, 1 + 2 ** -6, -1, 2, 1 + 2 ** -7];
    const [a, one] = [Float32Array.from(numbers), Float32Array.of(1)];
    const product = { m: 5, n: 1, k: 1, transposeA: false, transposeB: false };
    expect([...multiply(product, a, one, true)]).toEqual(rounded);
    expect([...a].map(toBfloat16)).toEqual(rounded);
  });

  it('adds a bias and writes GELU to a second array in bf16', () => {
    const product = { m: 33, n: 70, k: 900, transposeA: false, transposeB: false };
    const [a, b, bias] = [waves(33 * 900, 1), waves(900 * 70, 2), waves(70, 3)];
    const [c, activated] = [new Float32Array(33 * 70), new Float32Array(33 * 70)];
    addon.matMul({ ...ONE, ...product, bf16: true, a, b, bias, c, activated });
    const sums = plain(product, a.map(toBfloat16), b.map(toBfloat16));
    const expected = sums.map((value, i) => value + bias[i % 70]);
    expect(worstDifference(c, expected)).toBeLessThan(1e-3);
    expect(worstDifference(activated, expected.map(gelu))).toBeLessThan(1e-3);
  });

  it.each([false, true])('propagates NaN and infinity, in bf16: %p', (bf16) => {
    for (const m of [1, 9, 65]) {
      const a = new Float32Array(m * 17).fill(1);
      a[0] = NaN;
      a[(m - 1) * 17 + 3] = m > 1 ? Infinity : NaN;
      const b = new Float32Array(17 * 65).fill(1);
      const product = { m, n: 65, k: 17, transposeA: false, transposeB: false };
      expect([...multiply(product, a, b, bf16)]).toEqual([...plain(product, a, b)]);
    }
  });

  it.each([false, true])('has the same bits on one thread and on two, in bf16: %p', (bf16) => {
    for (const [m, n, k, transposeA, transposeB] of [
      [1, 3000, 300, false, false],
      [8, 700, 900, false, false],
      [40, 580, 700, false, true],
      [200, 65, 700, false, true],
      [600, 300, 2100, false, true],
      [2500, 70, 400, true, true],
      // Shapes of gradients of weights: a thread multiplies a block of k, with two or three blocks, or
      // twice as many.
      [40, 65, 700, true, false],
      [130, 35, 1100, true, false],
    ] as const) {
      const product = { m, n, k, transposeA, transposeB };
      const [a, b] = [waves(m * k, 1), waves(k * n, 2)];
      addon.setThreads(1);
      const expected = Buffer.from(multiply(product, a, b, bf16).buffer);
      for (const threads of [2, 2, 3]) {
        addon.setThreads(threads);
        expect(Buffer.from(multiply(product, a, b, bf16).buffer).equals(expected)).toBe(true);
      }
    }
  });
});

function multiply(product: Product, a: Float32Array, b: Float32Array, bf16 = false): Float32Array {
  const c = new Float32Array(product.m * product.n).fill(99);
  addon.matMul({ ...ONE, ...product, bf16, a, b, bias: null, c, activated: null });
  return c;
}

function plain(
  { m, n, k, transposeA, transposeB }: Product,
  a: Float32Array,
  b: Float32Array,
): Float32Array {
  const c = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let total = 0;
      for (let s = 0; s < k; s++) {
        total += a[transposeA ? s * m + i : i * k + s] * b[transposeB ? j * k + s : s * n + j];
      }
      c[i * n + j] = total;
    }
  }
  return c;
}

/** Rounds to 8 bits of precision, ties to even. */
function toBfloat16(x: number): number {
  const step = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 7);
  const [below, rest] = [Math.floor(x / step), x / step - Math.floor(x / step)];
  const isUp = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  return x === 0 ? 0 : (below + (isUp ? 1 : 0)) * step;
}

function worstDifference(actual: Float32Array, expected: Float32Array): number {
  let worst = 0;
  expected.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(value - actual[i]));
  });
  return worst;
}

function waves(count: number, frequency: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(frequency * i + i * i));
}

function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
