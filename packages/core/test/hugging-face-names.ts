/** The name that Hugging Face's GPT-2 has for one of our parameters. */
export function huggingFaceName(name: string): string {
  const parts: readonly (readonly [string, string])[] = [
    ['tokenEmbedding', 'wte'],
    ['positionEmbedding', 'wpe'],
    ['blocks', 'h'],
    ['norm1', 'ln_1'],
    ['norm2', 'ln_2'],
    ['finalNorm', 'ln_f'],
    ['attention.qkv', 'attn.c_attn'],
    ['attention.proj', 'attn.c_proj'],
    ['mlp.up', 'mlp.c_fc'],
    ['mlp.down', 'mlp.c_proj'],
    ['gain', 'weight'],
  ];
  return parts.reduce((path, [ours, theirs]) => path.replace(ours, theirs), `transformer.${name}`);
}
