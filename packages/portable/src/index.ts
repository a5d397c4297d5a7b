export { cpuEngine, wasmEngine } from './engines.js';
