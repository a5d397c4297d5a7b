import { WEIGHT_KINDS, type WeightKind } from '@ramble/core';

import { ENGINE_FLAG, type EngineFlag, type FlagTable } from '../cli/flag.js';

/** Flags of a verb that runs a trained model. */
export interface ModelFlags extends EngineFlag {
  readonly model: string;
  readonly weights?: WeightKind;
}

export const MODEL_FLAGS: FlagTable<ModelFlags> = {
  model: {
    kind: 'string',
    placeholder: 'run',
    description: "A run's folder, for its best checkpoint, or RUN/checkpoints/STEP.",
  },
  weights: {
    kind: 'choice',
    choices: WEIGHT_KINDS,
    derived: 'as the run has them',
    description: 'What weights are kept in: f16 and int8 take a half and a quarter of the memory.',
  },
  ...ENGINE_FLAG,
};
