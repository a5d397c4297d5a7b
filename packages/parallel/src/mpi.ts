export { type Environment, type Host, isLaunched, launchedRank } from './mpi/launcher.js';
export { launchRanks, type RankEnd, type RankLaunch } from './mpi/launch.js';
export { openRanks, type OpenRanksOptions } from './mpi/open-ranks.js';
