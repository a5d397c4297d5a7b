export { describeDomainContract } from './domain/describe-domain-contract.js';
export type { DomainContract, InvalidExample, ValidExample } from './domain/domain-contract.js';
export { describeEngineConformance } from './engine/describe-engine-conformance.js';
export { describeLlama } from './llama/describe-llama.js';
export type { ReadFixture } from './llama/llama-fixture.js';
export { tinyGpt2 } from './engine/check-gpt2.js';
export type { TestRunner } from './assert-close.js';
