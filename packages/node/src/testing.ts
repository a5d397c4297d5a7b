export {
  ABSENT,
  asNobody,
  findInstalledMpis,
  type InstalledMpi,
  installedMpis,
  type LaunchedRanks,
  launchRanks,
  type MarkedProcess,
  markedProcesses,
  mountSmallDisk,
  spawnTypescript,
  type StartedRanks,
  startRanks,
  typescriptCommand,
} from './testing/system.js';
export {
  attentionSizes,
  plainAttention,
  plainCompressed,
  plainCrossEntropy,
  plainGelu,
  plainLayerNorm,
  plainLinear,
  plainRecurrentAttention,
} from './testing/plain-ops.js';
export {
  activations,
  byOurName,
  fixturesIn,
  type FixtureTensor,
  golden,
  gpt2Fixtures,
  theirName,
  TINY_GPT2_SIZES,
  tinyGpt2Values,
  writtenBytes,
} from './testing/fixtures.js';
export {
  gitSha1,
  HUB_TOKEN,
  hubCommit,
  type HubModelFiles,
  type HubServer,
  sha256Of,
  startHub,
} from './testing/hub-server.js';
export {
  canMakeNetworks,
  type MadeUpNetwork,
  makeNetwork,
  type NetworkOptions,
} from './testing/made-up-network.js';
