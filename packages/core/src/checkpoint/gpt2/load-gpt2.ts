import type { ModelConfig } from '../../config/model-config.js';
import type { Model } from '../../model/model.js';
import { loadModel } from '../load-model.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorEntry } from '../safetensors/safetensors-header.js';
import { fromGpt2Name } from './gpt2-names.js';

/** The causal mask and its fill value, which some files carry beside the parameters. */
const BUFFER = /^(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)$/;
const HEAD = 'lm_head.weight';

/**
 * A model with the parameters of a Hugging Face GPT-2 file. Mask buffers are ignored; an output
 * projection is accepted when it is the token embedding, as in every GPT-2.
 *
 * @throws RangeError that names file and tensor, when the file does not fit the settings.
 */
export async function loadGpt2(file: Safetensors, config: ModelConfig): Promise<Model> {
  const renamed = renameTensors(file);
  if (file.tensors.has(HEAD) && !(await isSameTensor(file, HEAD, renamed))) {
    throw new RangeError(
      `${file.name}: expected ${HEAD} equal to the token embedding, got another`,
    );
  }
  return loadModel(renamed, config);
}

/** The file under our names; what GPT-2 does not have keeps its own and is refused later. */
function renameTensors(file: Safetensors): Safetensors {
  const tensors = new Map<string, TensorEntry>();
  for (const [theirs, entry] of file.tensors) {
    if (theirs === HEAD || BUFFER.test(theirs)) continue;
    const ours = fromGpt2Name(theirs) ?? theirs;
    const other = tensors.get(ours);
    if (other) throw new RangeError(`${file.name}: expected ${other.name} or ${theirs}, got both`);
    tensors.set(ours, entry);
  }
  const theirs = (ours: string): string => tensors.get(ours)?.name ?? ours;
  return {
    ...file,
    tensors,
    read: (ours) => file.read(theirs(ours)),
    bytes: (ours) => file.bytes(theirs(ours)),
  };
}

async function isSameTensor(
  file: Safetensors,
  head: string,
  renamed: Safetensors,
): Promise<boolean> {
  const embedding = renamed.bytes('tokenEmbedding.weight');
  for await (const piece of file.bytes(head)) {
    const { value } = await embedding.next();
    if (value?.length !== piece.length || piece.some((byte, i) => byte !== value[i])) return false;
  }
  return (await embedding.next()).done === true;
}
