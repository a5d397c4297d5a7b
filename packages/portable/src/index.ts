export { cpuEngine } from './cpu-engine.js';
export { wasmEngine } from './wasm-engine.js';
