/**
 * fast-check with a seed, to which `jest.preset.cjs` maps the package: `npm test` makes the same values each time.
 * `npm run check:properties` sets `RAMBLE_PROPERTY_SEED` to a new one.
 */
import fc from '../node_modules/fast-check/lib/fast-check.js';

const FIXED_SEED = 1;

fc.configureGlobal({ seed: Number(process.env.RAMBLE_PROPERTY_SEED ?? FIXED_SEED) });

export * from '../node_modules/fast-check/lib/fast-check.js';
export default fc;
