export * from './verb/app-features.js';
export * from './verbs/curve/curve-features.js';
export * from './verbs/evaluate/evaluate-features.js';
export * from './verbs/inspect/inspect-features.js';
export * from './verbs/sample/sample-features.js';
