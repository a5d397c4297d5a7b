import { attentionOf } from '../attention/attention-layers.js';
import type { ModelConfig } from '../config/model-config.js';
import { mlpOf } from '../mlp/mlp-kinds.js';
import { normOf } from '../norm/norm-kinds.js';
import { linearSpecs, type ParameterSpec, weight } from '../parameters/parameter.js';
import { positionSpecs } from '../positions/learned-positions.js';

/** The parameter that embeds tokens, and that projects hidden states on them. */
export const TOKEN_EMBEDDING = 'tokenEmbedding.weight';

/**
 * Every parameter of a model, in the order of the forward pass. The output projection is the token
 * embedding and adds none.
 *
 * @see openai/gpt-2 src/model.py for the initial values: 0.02, and 0.02 over the root of the number of
 *   residual branches where a branch joins the stream.
 */
export function parameterSpecs(config: ModelConfig): ParameterSpec[] {
  const { vocabSize, nLayer, nEmbd } = config;
  const tokens = { ...weight(TOKEN_EMBEDDING, [vocabSize, nEmbd], 0.02), rows: 'tokens' } as const;
  const input = [tokens, ...positionSpecs(config, 'input')];
  const blocks = Array.from({ length: nLayer }, (_, block) =>
    blockSpecs(config, block).map((spec) => ({ ...spec, block })),
  );
  return [
    ...input.map((spec) => ({ ...spec, part: 'input' as const })),
    ...blocks.flat(),
    ...normOf()
      .parameters('finalNorm', nEmbd)
      .map((spec) => ({ ...spec, part: 'output' as const })),
  ];
}

function blockSpecs(config: ModelConfig, block: number): ParameterSpec[] {
  const { nLayer, nEmbd } = config;
  const name = `blocks.${block}`;
  const intoStream = 0.02 / Math.sqrt(2 * nLayer);
  const norm = normOf();
  return [
    ...positionSpecs(config, block),
    ...norm.parameters(`${name}.norm1`, nEmbd),
    ...linearSpecs(`${name}.attention.qkv`, nEmbd, 3 * nEmbd, 0.02),
    ...attentionOf(config, block).parameters,
    ...linearSpecs(`${name}.attention.proj`, nEmbd, nEmbd, intoStream),
    ...norm.parameters(`${name}.norm2`, nEmbd),
    ...mlpOf().parameters(`${name}.mlp`, config, intoStream),
  ];
}
