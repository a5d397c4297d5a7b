export { type Environment, isLaunched, launchedRank } from './launcher.js';
export { openRanks, type OpenRanksOptions } from './open-ranks.js';
