export { type Environment, isLaunched } from './launcher.js';
export { openRanks, type OpenRanksOptions } from './open-ranks.js';
