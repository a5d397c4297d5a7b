/** Returns the bytes of a GGUF file of a tiny llama with a SentencePiece vocabulary. */
export function ggufOf(tokens: readonly string[]): Uint8Array {
  const llama = Object.entries({
    context_length: 32,
    embedding_length: 8,
    block_count: 1,
    feed_forward_length: 8,
    'attention.head_count': 1,
    'attention.head_count_kv': 1,
    vocab_size: tokens.length,
  }).map(([name, value]) => entry(`llama.${name}`, UINT32, uint32(value)));
  const ids = { bos: 1, eos: 2, unknown: 0 };
  const entries = [
    entry('general.architecture', STRING, text('llama')),
    ...llama,
    entry('llama.attention.layer_norm_rms_epsilon', FLOAT32, float32(1e-5)),
    entry('tokenizer.ggml.model', STRING, text('llama')),
    entry('tokenizer.ggml.tokens', ARRAY, list(STRING, tokens.map(text))),
    entry(
      'tokenizer.ggml.scores',
      ARRAY,
      list(
        FLOAT32,
        tokens.map((_, id) => float32(-id)),
      ),
    ),
    entry(
      'tokenizer.ggml.token_type',
      ARRAY,
      list(
        INT32,
        tokens.map((_, id) => uint32(id === 0 ? 2 : id < 3 ? 3 : 1)),
      ),
    ),
    ...Object.entries(ids).map(([name, id]) =>
      entry(`tokenizer.ggml.${name}_token_id`, UINT32, uint32(id)),
    ),
  ];
  const shapes = Object.entries(shapesOf(tokens.length));
  const tensors: Buffer[] = [];
  let size = 0;
  for (const [name, shape] of shapes) {
    const sizes = [uint32(shape.length), ...shape.map(uint64)];
    tensors.push(text(`${name}.weight`), ...sizes, uint32(F32), uint64(size));
    size += 4 * shape.reduce((product, each) => product * each, 1);
    size = Math.ceil(size / ALIGNMENT) * ALIGNMENT;
  }
  const counts = [uint64(shapes.length), uint64(entries.length)];
  const header = Buffer.concat([
    ...[Buffer.from('GGUF'), uint32(3), ...counts],
    ...entries,
    ...tensors,
  ]);
  const padding = (ALIGNMENT - (header.length % ALIGNMENT)) % ALIGNMENT;
  return Buffer.concat([header, Buffer.alloc(padding + size)]);
}

const [WIDTH, ALIGNMENT, F32] = [8, 32, 0];
const BLOCK = ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'];

/** Shapes of the tensors of a model with one block. */
function shapesOf(vocabSize: number): Record<string, readonly number[]> {
  return {
    token_embd: [WIDTH, vocabSize],
    output_norm: [WIDTH],
    'blk.0.attn_norm': [WIDTH],
    'blk.0.ffn_norm': [WIDTH],
    ...Object.fromEntries(BLOCK.map((name) => [`blk.0.${name}`, [WIDTH, WIDTH]])),
  };
}

/** Numbers of GGUF's value types. @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
const [UINT32, INT32, FLOAT32, STRING, ARRAY] = [4, 5, 6, 8, 9];

function entry(key: string, type: number, value: Buffer): Buffer {
  return Buffer.concat([text(key), uint32(type), value]);
}

function list(type: number, values: readonly Buffer[]): Buffer {
  return Buffer.concat([uint32(type), uint64(values.length), ...values]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
