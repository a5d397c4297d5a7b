export { tensorflow } from './engine.js';
