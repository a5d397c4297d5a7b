import { blis, compiled, node, nodePeer, pythonPeer, tfjsNode } from './contestant.mjs';

const WIDTHS = ['f32', 'f16', 'int8'];

/**
 * Workloads of the benchmark (rows of its tables), with the command of each compared program. `native` is ramble's
 * engine.
 */
export const ROWS = {
  products: {
    native: node('products.mjs'),
    ...Object.fromEntries(
      ['mkl', 'onednn', 'openblas'].map((library) => [library, pythonPeer('products.py', library)]),
    ),
    blis: blis(),
  },
  // Operands in bf16: native packs them from floats, and torch's are stored in bf16.
  'products-bf16': {
    native: node('products.mjs', 'bf16'),
    f32: node('products.mjs'),
    torch: pythonPeer('products.py', 'bf16'),
  },
  // The smallest row, which the check of every commit runs: it has a contestant that needs no peer.
  'train-A': { ...trainingOf('A', 20), wasm: node('train-step.mjs', 'wasm', 'A', '2') },
  'train-B': trainingOf('B', 2),
  'train-C': trainingOf('C', 2),
  'train-A-bf16': bfloat16TrainingOf('A', 20),
  'train-B-bf16': bfloat16TrainingOf('B', 2),
  'train-C-bf16': bfloat16TrainingOf('C', 2),
  'train-S': {
    native: node('train-step.mjs', 'native', 'S', '2'),
    torch: pythonPeer('train_step.py', 'S', '--steps', '2'),
  },
  // Relative attention, and the same model without distances, as a ratio of speeds.
  'train-R': {
    native: node('train-step.mjs', 'native', 'R', '2'),
    plain: node('train-step.mjs', 'native', 'M', '2'),
    torch: pythonPeer('train_step.py', 'R', '--steps', '1'),
  },
  'train-L': { native: node('train-step.mjs', 'native', 'L', '1') },
  attention: attentionOf('causal', '8', '2048', '5'),
  // Four times the length shows the growth of memory.
  'attention-8192': attentionOf('causal', '8', '8192', '5'),
  // Long texts, and the same with full attention, as a ratio of times.
  ...Object.fromEntries(
    ['local', 'compressed'].flatMap((kind) => [
      [
        `long-${kind}`,
        {
          ...attentionOf(kind, '4', '8192', '2'),
          plain: node('attention.mjs', 'causal', '4', '8192', '2'),
        },
      ],
      [
        `train-long-${kind}`,
        {
          native: node('train-step.mjs', 'native', `long-${kind}`, '1'),
          plain: node('train-step.mjs', 'native', 'long-causal', '1'),
        },
      ],
    ]),
  ),
  // Local and compressed attention in turns, for a text of this length.
  ...Object.fromEntries(
    ['1024', '2048', '4096', '8192'].map((length) => [
      `train-pattern-${length}`,
      { native: node('train-step.mjs', 'native', `pattern-${length}`, '1') },
    ]),
  ),
  adamw: { native: node('adamw.mjs'), loop: compiled('plain-adamw') },
  ...Object.fromEntries(
    ['A', 'C'].flatMap((model) =>
      ['1', '8'].flatMap((batch) =>
        WIDTHS.map((weights) => [
          `decode-${model}-${batch}-${weights}`,
          decodingOf(model, batch, weights),
        ]),
      ),
    ),
  ),
  // No other runtime here reads weights of 4 bits with activations of 32.
  'decode-C-1-q4': {
    native: node('decode.mjs', 'C', '1', 'q4'),
    int8: node('decode.mjs', 'C', '1', 'int8'),
    memory: compiled('read-memory'),
  },
  // A prompt's tokens, or one at a time after a short prompt.
  ...Object.fromEntries(
    [...WIDTHS, 'q4'].flatMap((weights) => [
      [`prompt-S-${weights}`, promptOf('S', weights, '512')],
      [`decode-S-1-${weights}`, decodingOf('S', '1', weights)],
    ]),
  ),
  // Activations rounded to bytes, as in llama.cpp and PyTorch, and the same weights without that.
  ...Object.fromEntries(
    ['int8', 'q4'].flatMap((weights) => [
      [`prompt-S-${weights}-bytes`, byBytes(promptOf, 'S', weights, '512')],
      [`decode-S-1-${weights}-bytes`, byBytes(decodingOf, 'S', '1', weights)],
    ]),
  ),
  'decode-C-8-int8-bytes': byBytes(decodingOf, 'C', '8', 'int8'),
  'beams-f32': beamsOf('f32'),
  'beams-int8': beamsOf('int8'),
  ...Object.fromEntries(
    ['100', '2000'].flatMap((past) =>
      WIDTHS.map((weights) => [`decode-R-${past}-${weights}`, eventsOf(past, weights)]),
    ),
  ),
};

/** Returns a row of training in bf16, with `f32` for native without it. */
function bfloat16TrainingOf(model, steps) {
  const words = [model, String(steps)];
  return {
    native: node('train-step.mjs', 'native', ...words, 'bf16'),
    f32: node('train-step.mjs', 'native', ...words),
    torch: pythonPeer('train_step.py', model, '--steps', String(steps), '--bf16'),
  };
}

/** Returns a row of training steps. tfjs-node, for which no speed ratio is required, gets a tenth of the steps. */
function trainingOf(model, steps) {
  return {
    native: node('train-step.mjs', 'native', model, String(steps)),
    torch: pythonPeer('train_step.py', model, '--steps', String(steps)),
    'tfjs-node': tfjsNode(model, Math.ceil(steps / 10)),
  };
}

/** Returns a row of only attention: its kind, heads, length and steps per turn. */
function attentionOf(...words) {
  return { native: node('attention.mjs', ...words), torch: pythonPeer('attention.py', ...words) };
}

function beamsOf(weights) {
  return {
    native: node('beams.mjs', weights),
    transformers: pythonPeer('beams.py', 'transformers'),
    ctranslate2: pythonPeer('beams.py', 'ctranslate2', weights),
  };
}

/**
 * Returns a row of decoding. CTranslate2 has no 16 bits on most CPUs and runs only GPT-2; transformers.js runs
 * only Llama. PyTorch's loop has no 4 bits, and llama.cpp has two kinds. The contestant that reads memory measures
 * the minimum time of decoding.
 */
function decodingOf(model, batch, weights) {
  const words = [model, batch, weights];
  const hasCTranslate2 = weights !== 'f16' && model !== 'S';
  const transformersJs = nodePeer('transformers_js.mjs', 'decode', ...words);
  return {
    native: node('decode.mjs', ...words),
    ...(weights === 'q4' ? {} : { torch: pythonPeer('decode.py', ...words) }),
    ...llamaCpp(weights, (kind) => ['decode', model, batch, kind]),
    ...(model === 'S' ? { transformersJs } : {}),
    ...(hasCTranslate2 ? { ctranslate2: pythonPeer('decode_ctranslate2.py', ...words) } : {}),
    ...(model === 'A' ? {} : { memory: compiled('read-memory') }),
  };
}

/** Returns a row in which `native` quantizes activations to int8; `floats` is the native engine without that. */
function byBytes(rowOf, ...words) {
  const { native } = rowOf(
    ...words.map((word) => (['int8', 'q4'].includes(word) ? `${word}-bytes` : word)),
  );
  const { native: floats, ...peers } = rowOf(...words);
  return { native, floats, ...peers };
}

/**
 * Returns a row that reads a whole prompt in one step of the model. llama.cpp runs with and without flash attention.
 */
function promptOf(model, weights, length) {
  const words = [model, weights, length];
  return {
    native: node('prompt.mjs', ...words),
    ...(weights === 'q4' ? {} : { torch: pythonPeer('prompt.py', ...words) }),
    ...llamaCpp(weights, (kind) => ['prompt', model, kind, length]),
    ...llamaCpp(weights, (kind) => ['prompt', model, kind, length, 'flash'], 'Flash'),
    transformersJs: nodePeer('transformers_js.mjs', 'prompt', ...words),
  };
}

/**
 * Returns llama.cpp's contestants by name; with 4 bits, both kinds: Q4_0, for which it has the faster kernels, and
 * Q4_1.
 */
function llamaCpp(weights, wordsOf, suffix = '') {
  const kinds = weights === 'q4' ? { Q40: 'q4_0', Q41: 'q4_1' } : { '': weights };
  return Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      `llamaCpp${name}${suffix}`,
      nodePeer('llama_cpp.mjs', ...wordsOf(kind)),
    ]),
  );
}

/**
 * Returns a row that decodes events of the music model after `past` cached ones. `memory` measures the bandwidth that
 * limits the speed.
 */
function eventsOf(past, weights) {
  return {
    native: node('decode.mjs', 'R', '1', weights, '40', past),
    memory: compiled('read-memory'),
  };
}
