export {
  answerFeature,
  APP_FEATURES,
  type Baseline,
  defineFeature,
  type Feature,
  type Features,
  type HuggingFaceForm,
  type OutputRules,
  outputRulesFeature,
  type OutputScore,
  type OutputScoring,
  promptExamplesFeature,
  type RuledOutput,
  scoringFeature,
  type Statistic,
  streamOutputFeature,
  type TextStream,
} from './app/app-features.js';
export {
  type AppData,
  type ContentOptions,
  type DataFields,
  type FileArtifact,
  outputFormat,
  outputTokens,
  type Prompting,
} from './app/app.js';
export { foreignAdvice } from './config/foreign-advice.js';
export { foreignNamesOf } from './config/foreign-names.js';
export {
  type ArchitectureName,
  ARCHITECTURES,
  MODEL_PRESETS,
  MODEL_SETTINGS,
} from './config/model-config.js';
export { SAMPLING_SETTINGS } from './config/sampling-config.js';
export { TRAINING_SETTINGS } from './config/training-config.js';
export { fitPrompt, type FittedPrompt } from './sampling/prompt-window.js';
export { checkSetting, describeSetting, nearestName } from './settings/check-settings.js';
export type {
  BooleanSetting,
  ChoiceSetting,
  NumberSetting,
  ObjectSetting,
  Setting,
  StringSetting,
} from './settings/settings.js';
export * as shape from './app/shape.js';
