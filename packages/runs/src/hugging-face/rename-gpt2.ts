import type { ModelConfig } from '@ramble/core';
import { isSameTensor } from '../safetensors/is-same-tensor.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorEntry } from '../safetensors/safetensors-header.js';

import { fromGpt2Name } from './gpt2-names.js';

/** The causal mask and its fill value, which some files hold in addition to the parameters. */
const BUFFER = /^(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)$/;
const HEAD = 'lm_head.weight';
const EMBEDDING = 'tokenEmbedding.weight';

/**
 * A Hugging Face GPT-2 file under our names. Mask buffers are left out. A tied output projection is the
 * token embedding: a copy of it is left out, and one that stands alone is it. What GPT-2 does not have
 * keeps its name.
 *
 * @throws RangeError that names file and tensor, when a tensor comes under two names or a tied output
 *   projection is another than the token embedding.
 */
export async function renameGpt2(
  file: Safetensors,
  { tiedHead }: Pick<ModelConfig, 'tiedHead'>,
): Promise<Safetensors> {
  const tensors = new Map<string, TensorEntry>();
  for (const [theirs, entry] of file.tensors) {
    if ((theirs === HEAD && tiedHead) || BUFFER.test(theirs)) continue;
    const ours = fromGpt2Name(theirs) ?? theirs;
    const other = tensors.get(ours);
    if (other) throw new RangeError(`${file.name}: expected ${other.name} or ${theirs}, got both`);
    tensors.set(ours, entry);
  }
  const head = tiedHead ? file.tensors.get(HEAD) : undefined;
  const embedding = tensors.get(EMBEDDING);
  if (head && !embedding) tensors.set(EMBEDDING, head);
  if (head && embedding && !(await isSameTensor(file, HEAD, embedding.name))) {
    throw new RangeError(
      `${file.name}: expected ${HEAD} equal to the token embedding (tie_word_embeddings), got other values`,
    );
  }
  const theirs = (ours: string): string => tensors.get(ours)?.name ?? ours;
  return {
    ...file,
    tensors,
    read: (ours) => file.read(theirs(ours)),
    bytes: (ours) => file.bytes(theirs(ours)),
  };
}
