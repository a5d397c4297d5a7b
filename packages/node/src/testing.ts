export { asNobody } from './testing/as-nobody.js';
export { attentionSizes } from './testing/attention-sizes.js';
export { fixturesIn, type FixtureTensor } from './testing/fixtures-in.js';
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
} from './testing/installed-mpis.js';
export {
  type LaunchedRanks,
  launchRanks,
  type StartedRanks,
  startRanks,
} from './testing/launch-ranks.js';
export {
  canMakeNetworks,
  type MadeUpNetwork,
  makeNetwork,
  type NetworkOptions,
} from './testing/made-up-network.js';
export { type MarkedProcess, markedProcesses } from './testing/marked-processes.js';
export { mountSmallDisk } from './testing/mount-small-disk.js';
export {
  plainAttention,
  plainCompressed,
  plainCrossEntropy,
  plainGelu,
  plainLayerNorm,
  plainLinear,
} from './testing/plain-ops.js';
export { plainRecurrentAttention } from './testing/plain-recurrent-attention.js';
export { spawnTypescript } from './testing/spawn-typescript.js';
export { typescriptCommand } from './testing/typescript-command.js';
export { writtenBytes } from './testing/written-bytes.js';
export {
  activations,
  byOurName,
  golden,
  gpt2Fixtures,
  theirName,
  TINY_GPT2_SIZES,
  tinyGpt2Values,
} from './testing/tiny-gpt2.js';
