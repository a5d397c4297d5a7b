/** Our names and those of Hugging Face's GPT-2; in a block they follow `blocks.N.` and `h.N.`. */
const NAMES = [
  ['tokenEmbedding.weight', 'wte.weight'],
  ['positionEmbedding.weight', 'wpe.weight'],
  ['norm1.gain', 'ln_1.weight'],
  ['norm1.bias', 'ln_1.bias'],
  ['attention.qkv.weight', 'attn.c_attn.weight'],
  ['attention.qkv.bias', 'attn.c_attn.bias'],
  ['attention.proj.weight', 'attn.c_proj.weight'],
  ['attention.proj.bias', 'attn.c_proj.bias'],
  ['norm2.gain', 'ln_2.weight'],
  ['norm2.bias', 'ln_2.bias'],
  ['mlp.up.weight', 'mlp.c_fc.weight'],
  ['mlp.up.bias', 'mlp.c_fc.bias'],
  ['mlp.down.weight', 'mlp.c_proj.weight'],
  ['mlp.down.bias', 'mlp.c_proj.bias'],
  ['finalNorm.gain', 'ln_f.weight'],
  ['finalNorm.bias', 'ln_f.bias'],
] as const;

/** The output projection, where it is not the token embedding; it stands outside of `transformer.`. */
const HEAD = { ours: 'head.weight', theirs: 'lm_head.weight' } as const;

/**
 * Hugging Face's name of one of our parameters: `blocks.0.attention.qkv.weight` is
 * `transformer.h.0.attn.c_attn.weight`. Shapes are the same: GPT-2 stores weights as `[in, out]` too.
 *
 * @throws RangeError when GPT-2 has no such parameter.
 */
export function toGpt2Name(name: string): string {
  if (name === HEAD.ours) return HEAD.theirs;
  const { block, rest } = split(name, 'blocks');
  const pair = NAMES.find(([ours]) => ours === rest);
  if (!pair) throw new RangeError(`${name}: expected a parameter of GPT-2, got one that it lacks`);
  return `transformer.${block === undefined ? '' : `h.${block}.`}${pair[1]}`;
}

/**
 * Converts Hugging Face's name of a parameter to ramble's, with or without the prefix
 * `transformer.`.
 *
 * @returns `undefined` for a name that is not GPT-2's.
 */
export function fromGpt2Name(name: string): string | undefined {
  if (name === HEAD.theirs) return HEAD.ours;
  const { block, rest } = split(name.replace(/^transformer\./, ''), 'h');
  const pair = NAMES.find(([, theirs]) => theirs === rest);
  return pair && `${block === undefined ? '' : `blocks.${block}.`}${pair[0]}`;
}

function split(name: string, prefix: string): { block?: string; rest: string } {
  const match = new RegExp(`^${prefix}\\.(\\d+)\\.(.*)$`).exec(name);
  return match ? { block: match[1], rest: match[2] } : { rest: name };
}
