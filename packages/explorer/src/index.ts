export type { ChatRenderer } from './calls/chat-prompt.js';
export type { StreamedCall, WholeCall } from './call.js';
export type * from './contract.js';
export { explorerCalls, type ExplorerCalls, type ExplorerOptions } from './explorer-calls.js';
export type { ExploredModel, ExploredModels } from './models/requested-model.js';
export type * from './watch-contract.js';
