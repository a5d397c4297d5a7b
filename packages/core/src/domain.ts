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
  chatSampling,
  type ChatTemplate,
  checkFileName,
  fixedFactory,
  readSavedSettings,
  type Replacement,
} from './domain/domain.js';
export {
  type CutOptions,
  cutSource,
  type PairOptions,
  type TokenPair,
} from './domain/pair-example.js';
export { TokenMask } from './domain/token-mask.js';
