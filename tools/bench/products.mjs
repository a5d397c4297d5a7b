/**
 * Times matrix products of the engine native as a training step calls them: the addon's kernel, on memory in huge
 * pages, with a given output. Calls through tfjs would add some 20 µs to each, which the compared libraries do not
 * have.
 *   products.mjs [bf16]
 * Measures once, or once for every line on standard input; prints a line of JSON each time.
 */
import { forTurns } from './for-turns.mjs';
import { PRODUCTS } from './workloads.mjs';

const MILLISECONDS = 100;
const engine = new URL('../../packages/native/dist/', import.meta.url);
const { loadAddon } = await import(new URL('addon/load-addon.js', engine));
const { hugeFloats } = await import(new URL('backend/kernel-memory.js', engine));

const addon = loadAddon(process.env);
const makeFloats = hugeFloats(addon);
const bf16 = process.argv[2] === 'bf16';
const products = PRODUCTS.map(withOperands);
await forTurns(() => products.map(measure));

/** Repeats a matrix product for some time, and returns its best speed: other programs may have slowed other runs. */
function measure(product) {
  const { m, n, k, transposeA, transposeB } = product;
  let best = Infinity;
  for (const end = performance.now() + MILLISECONDS; performance.now() < end;) {
    const start = performance.now();
    addon.matMul(product);
    best = Math.min(best, performance.now() - start);
  }
  const name = `${m}x${k}x${n} ${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`;
  return { name, gigaflops: Math.round((2 * m * n * k) / best / 1e6) };
}

function withOperands(sizes) {
  const { m, n, k } = sizes;
  const [a, b, c] = [waves(m * k), waves(k * n), makeFloats(m * n)];
  return { ...sizes, bf16, batch: 1, aStep: 0, bStep: 0, a, b, bias: null, c, activated: null };
}

function waves(length) {
  const floats = makeFloats(length);
  for (let i = 0; i < length; i++) floats[i] = Math.sin(i);
  return floats;
}
