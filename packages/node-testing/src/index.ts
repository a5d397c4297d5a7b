export { asNobody } from './as-nobody.js';
export { mountSmallDisk } from './mount-small-disk.js';
export {
  plainAttention,
  plainCompressed,
  plainCrossEntropy,
  plainGelu,
  plainLayerNorm,
  plainLinear,
} from './plain-ops.js';
export { spawnTypescript } from './spawn-typescript.js';
export { type FixtureTensor, fixturesIn } from './fixtures-in.js';
export { writtenBytes } from './written-bytes.js';
