export type {
  Domain,
  DomainFactory,
  Files,
  TokenExample,
  TokenPrompt,
  Vocabulary,
} from './domain/domain.js';
export { fingerprint } from './domain/fingerprint.js';
export type { Grammar } from './domain/grammar.js';
export type { ByteSink, ByteSource } from './files/bytes.js';
export type { Clock } from './files/clock.js';
export { memoryBytes } from './files/memory-bytes.js';
export { memoryTokens, type TokenSource } from './files/token-source.js';
export {
  type Purpose,
  type Random,
  type RandomAddress,
  randomAt,
  randomBits,
} from './random/random.js';
