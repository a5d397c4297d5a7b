import { decodingLayout } from '@ramble/core/engine';
import { modelOf } from '@ramble/core/model';
import { formatFor, FORMATS, frozenParameterStore } from '@ramble/core/weights';

/** Returns a model for decoding in f32, f16, int8 or q4; `int8-bytes` and `q4-bytes` round activations too. */
export function narrowed({ config, parameters }, kind) {
  const [weights, bytes] = kind.split('-');
  const activations = bytes ? 'int8' : 'f32';
  const format = FORMATS[formatFor(activations, weights)];
  const faster = decodingLayout(config);
  const narrow = frozenParameterStore(
    parameters.specs,
    (spec) => faster(spec, FORMATS[format.formatOf(spec)]),
    activations,
  );
  for (const { name } of parameters.specs) narrow.write(name, parameters.read(name));
  return modelOf(config, narrow);
}
