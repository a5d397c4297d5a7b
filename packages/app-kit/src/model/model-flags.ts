import { ENGINE_FLAG, type EngineFlag, type FlagTable } from '../cli/flag.js';

/** Flags of a verb that runs a trained model. */
export interface ModelFlags extends EngineFlag {
  readonly model: string;
}

export const MODEL_FLAGS: FlagTable<ModelFlags> = {
  model: {
    kind: 'string',
    placeholder: 'run',
    description: "A run's folder, for its best checkpoint, or RUN/checkpoints/STEP.",
  },
  ...ENGINE_FLAG,
};
