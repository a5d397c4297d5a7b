import { frozenParameterStore, keptFor } from '@ramble/core';

/** A model whose weights are kept in f32, f16, int8 or q4; `int8-bytes` and `q4-bytes` round activations too. */
export function narrowed({ config, parameters }, kind) {
  if (kind === 'f32') return { config, parameters };
  const [weights, bytes] = kind.split('-');
  const activations = bytes ? 'int8' : 'f32';
  const kept = keptFor(activations, weights);
  const narrow = frozenParameterStore(parameters.specs, kept, activations);
  for (const { name } of parameters.specs) narrow.write(name, parameters.read(name));
  return { config, parameters: narrow };
}
