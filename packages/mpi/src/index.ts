export type { Host } from './launch/hosts.js';
export { launchRanks, type RankEnd, type RankLaunch } from './launch/launch-ranks.js';
export { type Environment, isLaunched, launchedRank } from './launcher.js';
export { openRanks, type OpenRanksOptions } from './open-ranks.js';
