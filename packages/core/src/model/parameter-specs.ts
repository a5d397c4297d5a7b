import { attentionOf } from '../attention/attention-layers.js';
import type { ModelConfig } from '../config/model-config.js';
import {
  linearSpecs,
  normSpecs,
  type ParameterSpec,
  weight,
} from '../parameters/parameter-spec.js';

/**
 * Every parameter of a model, in the order of the forward pass. The output projection is the token
 * embedding and adds none.
 *
 * @see openai/gpt-2 src/model.py for the initial values: 0.02, positions 0.01, and 0.02 over the
 *   root of the number of residual branches where a branch joins the stream.
 */
export function parameterSpecs(config: ModelConfig): ParameterSpec[] {
  const { vocabSize, contextLength, nLayer, nEmbd, mlpDim } = config;
  const intoStream = 0.02 / Math.sqrt(2 * nLayer);
  const positions = (block: string): ParameterSpec =>
    weight(`${block}positionEmbedding.weight`, [contextLength, nEmbd], 0.01);
  const isEveryLayer = config.positions === 'every-layer';
  const block = (layer: number): ParameterSpec[] => [
    ...(isEveryLayer ? [positions(`blocks.${layer}.`)] : []),
    ...normSpecs(`blocks.${layer}.norm1`, nEmbd),
    ...linearSpecs(`blocks.${layer}.attention.qkv`, nEmbd, 3 * nEmbd, 0.02),
    ...attentionOf(config, layer).parameters,
    ...linearSpecs(`blocks.${layer}.attention.proj`, nEmbd, nEmbd, intoStream),
    ...normSpecs(`blocks.${layer}.norm2`, nEmbd),
    ...linearSpecs(`blocks.${layer}.mlp.up`, nEmbd, mlpDim, 0.02),
    ...linearSpecs(`blocks.${layer}.mlp.down`, mlpDim, nEmbd, intoStream),
  ];
  return [
    weight('tokenEmbedding.weight', [vocabSize, nEmbd], 0.02),
    ...(config.positions === 'input' ? [positions('')] : []),
    ...Array.from({ length: nLayer }, (_, layer) => block(layer)).flat(),
    ...normSpecs('finalNorm', nEmbd),
  ];
}
