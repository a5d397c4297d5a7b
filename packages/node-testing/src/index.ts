export { asNobody } from './as-nobody.js';
export { attentionSizes } from './attention-sizes.js';
export { fixturesIn, type FixtureTensor } from './fixtures-in.js';
export {
  gitSha1,
  HUB_TOKEN,
  hubCommit,
  type HubModelFiles,
  type HubServer,
  sha256Of,
  startHub,
} from './hub-server.js';
export { ABSENT, findInstalledMpis, type InstalledMpi, installedMpis } from './installed-mpis.js';
export { type LaunchedRanks, launchRanks, type StartedRanks, startRanks } from './launch-ranks.js';
export {
  canMakeNetworks,
  type MadeUpNetwork,
  makeNetwork,
  type NetworkOptions,
} from './made-up-network.js';
export { type MarkedProcess, markedProcesses } from './marked-processes.js';
export { mountSmallDisk } from './mount-small-disk.js';
export {
  plainAttention,
  plainCompressed,
  plainCrossEntropy,
  plainGelu,
  plainLayerNorm,
  plainLinear,
} from './plain-ops.js';
export { plainRecurrentAttention } from './plain-recurrent-attention.js';
export { spawnTypescript } from './spawn-typescript.js';
export { typescriptCommand } from './typescript-command.js';
export { writtenBytes } from './written-bytes.js';
export {
  activations,
  byOurName,
  golden,
  gpt2Fixtures,
  theirName,
  TINY_GPT2_SIZES,
  tinyGpt2Values,
} from './tiny-gpt2.js';
