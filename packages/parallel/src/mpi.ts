export type { Host } from './mpi/launch/hosts.js';
export { launchRanks, type RankEnd, type RankLaunch } from './mpi/launch.js';
export { type Environment, isLaunched, launchedRank } from './mpi/launcher.js';
export { openRanks, type OpenRanksOptions } from './mpi/open-ranks.js';
