import { headNormSpecs } from '../attention/head-norms.js';
import type { ModelConfig } from '../config/model-config.js';
import { linearSpecs, type ParameterSpec, weight } from '../parameters/parameter.js';
import type { NormOps } from '../norm/norms.js';
import { type Decoder, decoderOf, type Layer } from './decoder.js';

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
  const { vocabSize, nEmbd } = config;
  const decoder = decoderOf(config);
  const ofTokens = (name: string): ParameterSpec => {
    return { ...weight(name, [vocabSize, nEmbd], 0.02), rows: 'tokens' };
  };
  const input = [ofTokens(TOKEN_EMBEDDING), ...decoder.inputPositions.parameters];
  const blocks = decoder.layers.flatMap((layer) =>
    blockSpecs(decoder, layer).map((spec) => ({ ...spec, block: layer.index })),
  );
  const output = [
    ...decoder.norm.parameters('finalNorm', nEmbd),
    ...(config.tiedHead ? [] : [ofTokens(HEAD)]),
  ];
  return [
    ...input.map((spec) => ({ ...spec, part: 'input' as const })),
    ...blocks,
    ...output.map((spec) => ({ ...spec, part: 'output' as const })),
  ];
}

function blockSpecs({ config, norm }: Decoder, layer: Layer): ParameterSpec[] {
  const { nLayer, nEmbd, nHead, nKvHead, headDim, bias } = config;
  const { name, norms, positions, attention, mlp } = layer;
  const intoStream = 0.02 / Math.sqrt(2 * nLayer);
  const [read, shared] = [nHead * headDim, nKvHead * headDim];
  // The norms of a block are placed by one rule, here on lists of parameters instead of on the stream.
  const ops: NormOps<readonly ParameterSpec[]> = {
    norm: (_, path) => norm.parameters(path, nEmbd),
  };
  const isQkvBiased = bias !== 'none';
  return [
    ...positions.parameters,
    ...norms.before([], `${name}.norm1`, ops),
    ...linearSpecs(`${name}.attention.qkv`, nEmbd, read + 2 * shared, 0.02, isQkvBiased),
    ...headNormSpecs(`${name}.attention`, config),
    ...attention.parameters,
    ...linearSpecs(
      `${name}.attention.proj`,
      read,
      nEmbd,
      intoStream,
      bias === 'all' || bias === 'attention',
    ),
    ...norms.after([], `${name}.norm1`, ops),
    ...norms.before([], `${name}.norm2`, ops),
    ...mlp.parameters(`${name}.mlp`, config, { intoStream, hasBias: bias === 'all' }),
    ...norms.after([], `${name}.norm2`, ops),
  ];
}
