import { attentionOf } from '../attention/attention-layers.js';
import { headNormSpecs } from '../attention/head-norms.js';
import type { ModelConfig } from '../config/model-config.js';
import { mlpOf } from '../mlp/mlp-kinds.js';
import { normOf } from '../norm/norm-kinds.js';
import { linearSpecs, type ParameterSpec, weight } from '../parameters/parameter.js';
import { outNorm } from '../norm/norm-place.js';
import { positionSpecs } from '../positions/learned-positions.js';

/** The parameter that embeds tokens, and that projects hidden states on them. */
const TOKEN_EMBEDDING = 'tokenEmbedding.weight';

/** The output projection of a model that has its own. */
const HEAD = 'head.weight';

/** The parameter that projects hidden states on the tokens, `[V, C]`. */
export function outputName({ tiedHead }: Pick<ModelConfig, 'tiedHead'>): string {
  return tiedHead ? TOKEN_EMBEDDING : HEAD;
}

/**
 * Every parameter of a model, in the order of the forward pass. A tied output projection is the token
 * embedding and adds none.
 *
 * @see openai/gpt-2 src/model.py for the initial values: 0.02, and 0.02 over the root of the number of
 *   residual branches where a branch joins the stream.
 */
export function parameterSpecs(config: ModelConfig): ParameterSpec[] {
  const { vocabSize, nLayer, nEmbd } = config;
  const ofTokens = (name: string): ParameterSpec => {
    return { ...weight(name, [vocabSize, nEmbd], 0.02), rows: 'tokens' };
  };
  const input = [ofTokens(TOKEN_EMBEDDING), ...positionSpecs(config, 'input')];
  const blocks = Array.from({ length: nLayer }, (_, block) =>
    blockSpecs(config, block).map((spec) => ({ ...spec, block })),
  );
  const output = [
    ...normOf(config).parameters('finalNorm', nEmbd),
    ...(config.tiedHead ? [] : [ofTokens(HEAD)]),
  ];
  return [
    ...input.map((spec) => ({ ...spec, part: 'input' as const })),
    ...blocks.flat(),
    ...output.map((spec) => ({ ...spec, part: 'output' as const })),
  ];
}

function blockSpecs(config: ModelConfig, block: number): ParameterSpec[] {
  const { nLayer, nEmbd, nHead, nKvHead, headDim, bias } = config;
  const name = `blocks.${block}`;
  const intoStream = 0.02 / Math.sqrt(2 * nLayer);
  const [read, shared] = [nHead * headDim, nKvHead * headDim];
  const norms = (of: 'norm1' | 'norm2', behind: boolean): readonly ParameterSpec[] =>
    config.normPlace === (behind ? 'before' : 'after')
      ? []
      : normOf(config).parameters(`${name}.${behind ? outNorm(of) : of}`, nEmbd);
  const isQkvBiased = bias !== 'none';
  return [
    ...positionSpecs(config, block),
    ...norms('norm1', false),
    ...linearSpecs(`${name}.attention.qkv`, nEmbd, read + 2 * shared, 0.02, isQkvBiased),
    ...headNormSpecs(`${name}.attention`, config),
    ...attentionOf(config, block).parameters,
    ...linearSpecs(
      `${name}.attention.proj`,
      read,
      nEmbd,
      intoStream,
      bias === 'all' || bias === 'attention',
    ),
    ...norms('norm1', true),
    ...norms('norm2', false),
    ...mlpOf(config).parameters(`${name}.mlp`, config, { intoStream, hasBias: bias === 'all' }),
    ...norms('norm2', true),
  ];
}
