import { emptyModel, type Model } from './model.js';

/**
 * The same model for shorter sequences: it computes the same on them, and has forgotten the positions
 * behind.
 *
 * @returns a model of its own, the caller's to dispose of.
 * @throws RangeError when the context would be longer.
 */
export function shortenContext(model: Model, contextLength: number): Model {
  const { config, parameters } = model;
  if (contextLength > config.contextLength) {
    throw new RangeError(
      `contextLength: expected at most ${config.contextLength}, which the model has positions for, got ${contextLength}`,
    );
  }
  const shortened = emptyModel({ ...config, contextLength });
  for (const { name } of parameters.specs) {
    const values = parameters.read(name);
    const kept = name === 'positionEmbedding.weight' ? contextLength * config.nEmbd : values.length;
    shortened.parameters.write(name, values.subarray(0, kept));
  }
  return shortened;
}
