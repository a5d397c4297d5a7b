export { asNobody } from './testing/as-nobody.js';
export {
  attentionSizes,
  plainAttention,
  plainCompressed,
  plainCrossEntropy,
  plainGelu,
  plainLayerNorm,
  plainLinear,
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
  ABSENT,
  findInstalledMpis,
  type InstalledMpi,
  installedMpis,
  type LaunchedRanks,
  launchRanks,
  type StartedRanks,
  startRanks,
} from './testing/ranks.js';
export {
  canMakeNetworks,
  type MadeUpNetwork,
  makeNetwork,
  type NetworkOptions,
} from './testing/made-up-network.js';
export { type MarkedProcess, markedProcesses } from './testing/marked-processes.js';
export { mountSmallDisk } from './testing/mount-small-disk.js';
export { plainRecurrentAttention } from './testing/plain-recurrent-attention.js';
export { spawnTypescript } from './testing/spawn-typescript.js';
export { typescriptCommand } from './testing/typescript-command.js';
