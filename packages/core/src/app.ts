export {
  answerFeature,
  APP_FEATURES,
  type Baseline,
  type HuggingFaceForm,
  type OutputRules,
  outputRulesFeature,
  type OutputScore,
  type OutputScoring,
  type RuledOutput,
  scoringFeature,
  type Statistic,
  streamOutputFeature,
  type TextStream,
} from './app/app-features.js';
export type { AppData, ContentOptions, DataFields, FileArtifact, Prompting } from './app/app.js';
export { defineFeature, type Feature, type Features } from './app/feature.js';
export { fitPrompt, type FittedPrompt, outputFormat, outputTokens } from './app/fit-prompt.js';
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
