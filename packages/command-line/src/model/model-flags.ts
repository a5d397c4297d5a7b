import {
  ACTIVATION_KINDS,
  type ActivationKind,
  FORMAT_CHOICES,
  type FormatName,
} from '@ramble/core';

import { ENGINE_FLAG, type EngineFlag, type FlagTable } from '../verb/flag.js';

/** Flags of a verb that runs a trained model. */
export interface ModelFlags extends EngineFlag {
  readonly model: string;
  readonly weights?: FormatName;
  readonly activations: ActivationKind;
}

export const MODEL_FLAGS: FlagTable<ModelFlags> = {
  model: {
    kind: 'string',
    placeholder: 'run',
    names: 'model',
    basic: true,
    description:
      "A run's folder, for its best checkpoint, RUN/checkpoints/STEP, a Hugging Face folder, a GGUF file, or the name of a model.",
  },
  weights: {
    kind: 'choice',
    choices: FORMAT_CHOICES,
    derived: "the run's own",
    description:
      'Type that weights are kept in: f16 needs half the memory of f32, int8 a quarter, q4 a sixth.',
  },
  activations: {
    kind: 'choice',
    choices: ACTIVATION_KINDS,
    default: 'f32',
    description:
      'Type that weights are multiplied with: int8 is faster and less exact; for weights of int8 and q4.',
  },
  ...ENGINE_FLAG,
};
