export { samplingConfig } from './config/sampling-config.js';
export {
  allowedIds,
  checkTokenExample,
  checkTokenIds,
  checkTokenPrompt,
  type FollowedOutput,
  type GrammarDomain,
} from './domain/follow-grammar.js';
export {
  CHAT_SAMPLING,
  chatRoom,
  chatSampling,
  type ChatTemplate,
  withoutOldestTurn,
} from './domain/chat.js';
export {
  checkFileName,
  fixedFactory,
  readSavedSettings,
  type Replacement,
} from './domain/domain.js';
export {
  type Crop,
  cropOf,
  type CutOptions,
  cutSource,
  pairExample,
  type PairOptions,
  pairPrompt,
  putBefore,
  type TokenPair,
} from './domain/pair-example.js';
export { TokenMask } from './domain/token-mask.js';
export { checkSettings } from './settings/check-settings.js';
