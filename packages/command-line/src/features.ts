export * from './verb/app-features.js';
