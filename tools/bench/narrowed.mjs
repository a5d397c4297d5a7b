import { keptFor, frozenParameterStore } from '@ramble/core';

/** A model whose weights are kept in 32 or 16 bits, in int8 or in q4, and meet activations of some type. */
export function narrowed({ config, parameters }, weights, activations = 'f32') {
  if (weights === 'f32') return { config, parameters };
  const narrow = frozenParameterStore(parameters.specs, keptFor(activations, weights), activations);
  for (const { name } of parameters.specs) narrow.write(name, parameters.read(name));
  return { config, parameters: narrow };
}
