import { frozenParameterStore } from '@ramble/core';

/** A model whose weights are kept in 32 or 16 bits, in int8 or in q4. */
export function narrowed({ config, parameters }, weights) {
  if (weights === 'f32') return { config, parameters };
  const narrow = frozenParameterStore(parameters.specs, weights);
  for (const { name } of parameters.specs) narrow.write(name, parameters.read(name));
  return { config, parameters: narrow };
}
