export { tensorflowEngine } from './engine.js';
