import type { JsonObject } from '../files/json.js';
import { checkSettings } from '../settings/check-settings.js';
import { COUNT, type SettingTable } from '../settings/settings.js';
import type { TrainingState } from './training-state.js';

const SETTINGS: SettingTable<Required<StateNumbers>> = {
  step: { kind: 'integer', min: 0, description: 'Number of updates so far.' },
  bestLoss: {
    kind: 'number',
    derived: 'absent before the first evaluation',
    description: 'Validation loss of the best evaluation so far.',
  },
  bestScore: {
    kind: 'number',
    derived: 'absent if outputs are not scored',
    description: 'Score of its outputs.',
  },
  bestStep: {
    ...COUNT,
    derived: 'absent before the first evaluation',
    description: 'Step of that evaluation.',
  },
  dueLoss: {
    kind: 'number',
    derived: 'absent before one was due',
    description: 'Validation loss of the best evaluation that was due.',
  },
  dueScore: {
    kind: 'number',
    derived: 'absent before one was due',
    description: 'Score of its outputs.',
  },
  evaluationsWithoutImprovement: {
    ...COUNT,
    description: 'Number of due evaluations since the best of them.',
  },
  tokensSeen: { kind: 'integer', min: 0, description: 'Number of targets trained on.' },
  elapsedSeconds: { kind: 'number', min: 0, description: 'Time spent training.' },
};

/** The part of a training state that is stored as JSON. The segment memory is stored as tensors. */
type StateNumbers = Omit<TrainingState, 'memory'>;

/**
 * Reads the state of a training from JSON.
 *
 * @throws TypeError or RangeError that names the field.
 */
export function parseTrainingState(json: JsonObject): StateNumbers {
  return checkSettings(SETTINGS, json);
}
