export { nativeEngine } from './engine.js';
