export {
  bestStep,
  checkCheckpoint,
  type CheckpointHealth,
  findStep,
  withCheckpointFile,
} from './checkpoint/check-checkpoint.js';
export {
  BrokenCheckpointError,
  type CheckpointChoice,
  checkpointFolder,
  checkpointSteps,
  CHECKSUMS_FILE,
} from './checkpoint/checkpoint-files.js';
export {
  averageCheckpoints,
  type LoadedRun,
  type LoadOptions,
  loadAdapters,
  loadRun,
  modelHash,
  newAdapters,
} from './run/load-run.js';
export {
  changeTraining,
  checkIsNew,
  createRun,
  importAdapters,
  type ImportOptions,
  importRun,
  type NewRun,
  NoRunError,
  openRun,
  type Run,
} from './run/open-run.js';
export { adaptDomain, loadDomain, RunDomainError } from './run/load-domain.js';
export {
  readSlots,
  type ResumedRun,
  type ResumeOptions,
  resumeRun,
  saveCheckpoint,
  type SaveOptions,
} from './run/save-and-resume.js';
export {
  type DataDescription,
  describeRun,
  type DomainDescription,
  type OriginDescription,
  type RunDescription,
} from './run/run-description.js';
export {
  appendLog,
  appendSamples,
  type LogEntry,
  parseLogLine,
  readLog,
  readSamples,
  type RunSample,
} from './run/run-log.js';
export { withEventFiles } from './run/event-file.js';
export type { SlotOptions } from './weights/training-tensors.js';
export {
  type Crc32,
  memoryStorage,
  readJson,
  readText,
  type RunStorage,
  type StoredFile,
} from './storage/run-storage.js';
export {
  type CheckedParameters,
  checkParameters,
  expectedParameters,
} from './weights/check-tensors.js';
export {
  type KeptWeights,
  loadModel,
  modelFile,
  storedFormat,
  type WeightOptions,
} from './weights/load-model.js';
export { narrowTensors } from './weights/stored-tensors.js';
