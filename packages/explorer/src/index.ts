export type * from './contract.js';
export type * from './watch-contract.js';
