export { bestStep } from './checkpoint/best-checkpoint.js';
export { BrokenCheckpointError } from './checkpoint/broken-checkpoint-error.js';
export { checkCheckpoint, type CheckpointHealth } from './checkpoint/check-checkpoint.js';
export {
  type CheckpointChoice,
  checkpointFolder,
  checkpointSteps,
} from './checkpoint/checkpoint-steps.js';
export { CHECKSUMS_FILE } from './checkpoint/checksums.js';
export { withCheckpointFile } from './checkpoint/with-checkpoint-file.js';
export { averageCheckpoints } from './run/average-checkpoints.js';
export { changeTraining } from './run/change-training.js';
export { checkIsNew, createRun, type NewRun } from './run/create-run.js';
export { type ImportOptions, importRun } from './run/import-run.js';
export { adaptDomain, loadDomain, RunDomainError } from './run/load-domain.js';
export { findStep, type LoadedRun, type LoadOptions, loadRun } from './run/load-run.js';
export { NoRunError } from './run/no-run-error.js';
export { openRun, type Run } from './run/open-run.js';
export { readSlots } from './run/read-slots.js';
export { type ResumedRun, type ResumeOptions, resumeRun } from './run/resume-run.js';
export {
  type DataDescription,
  describeRun,
  type DomainDescription,
  type OriginDescription,
  type RunDescription,
} from './run/run-description.js';
export { appendLog, type LogEntry, parseLogLine, readLog } from './run/run-log.js';
export type { SlotOptions } from './weights/training-tensors.js';
export { appendSamples, readSamples, type RunSample } from './run/run-samples.js';
export { saveCheckpoint, type SaveOptions } from './run/save-checkpoint.js';
export { memoryStorage } from './storage/memory-storage.js';
export type { Crc32, RunStorage, StoredFile } from './storage/run-storage.js';
export { readJson, readText } from './storage/stored-text.js';
export { type CheckedParameters, checkParameters } from './weights/check-parameters.js';
export { expectedParameters } from './weights/expected-parameters.js';
export { loadModel, type WeightOptions } from './weights/load-model.js';
export { modelFile } from './weights/model-file.js';
export { type KeptWeights, storedFormat } from './weights/stored-formats.js';
export { narrowTensors } from './weights/stored-tensors.js';
