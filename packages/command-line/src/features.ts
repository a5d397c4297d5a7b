export * from './verb/app-features.js';
export * from './verb/evaluate-features.js';
