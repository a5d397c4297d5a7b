export * from './cli/cli-features.js';
export * from './hugging-face/hugging-face-features.js';
export * from './model/model-features.js';
export * from './verbs/curve/curve-features.js';
export * from './verbs/evaluate/evaluate-features.js';
export * from './verbs/inspect/inspect-features.js';
export * from './verbs/sample/sample-features.js';
