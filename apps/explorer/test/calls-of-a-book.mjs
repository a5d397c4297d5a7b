import { setTimeout } from 'node:timers/promises';

/** Vocabulary of the model in this test; each word is a token. */
const WORDS = [
  ...[' the', ' whale', ' of', ' sea', ' and', ' a', ' ship', ' white', ' old', ' man', '.', ','],
  ...[' said', ' he', ' boat', ' captain', ' was', ' in', ' water', ' great', '\n', ' harpoon'],
  ...[' <b>bold</b>', ' Größe', ' שלום', ' "quoted"'],
];

const setting = (name, kind, description, more = {}) => ({ name, kind, description, ...more });
const SAMPLING = [
  setting('method', 'choice', 'Whether to sample or to take the most likely token.', {
    choices: ['random', 'greedy'],
    derived: 'random; greedy with beams',
  }),
  setting('temperature', 'number', 'Divides the logits.', { only: 'random', default: 1, min: 0 }),
  setting('topP', 'number', 'Sample only from the most likely tokens that together reach this.', {
    only: 'random',
    default: 1,
    min: 0,
    max: 1,
  }),
  setting('topK', 'integer', 'Sample only from the k most likely tokens; 0 for all.', {
    only: 'random',
    default: 0,
    min: 0,
  }),
  setting('maxNewTokens', 'integer', 'Maximum number of tokens.', { default: 200, min: 1 }),
  setting('numBeams', 'integer', 'Number of beams.', { default: 1, min: 1 }),
  setting('lengthPenalty', 'number', 'Exponent of the length.', { only: 'beams', default: 1 }),
  setting('seed', 'integer', 'Seed of the random draws.', { default: 0, min: 0 }),
];

/** A model of text that continues its prompt. */
export const BOOK = {
  id: 'book',
  domain: 'text',
  description: 'A fake model for tests.',
  config: {
    ...{ vocabSize: WORDS.length, contextLength: 128, nLayer: 3, nEmbd: 32 },
    ...{ nHead: 4, nKvHead: 4, headDim: 8, mlp: 'gelu', tiedHead: true },
  },
  parameters: 1_234_567,
  weights: 'f32',
  engine: 'native',
  continues: true,
  joins: true,
  examples: ['Call me Ishmael.', 'The whale'],
  example: 'The whale is not a fish.',
  chats: false,
  scores: false,
  hasGrammar: true,
  promptSettings: [],
  outputSettings: [],
  samplingSettings: SAMPLING,
};

/** Calls of a fake model: the same question always has the same answer. */
export const BOOK_CALLS = {
  runs: () => null,
  models: () => [BOOK],
  encode: ({ text = '' }) => {
    const tokens = text.split(/(?= )/).map((word) => pageToken(hash(word) % WORDS.length, word));
    return { prompt: { tokens: tokens.map(({ id }) => id) }, tokens };
  },
  chatPrompt: ({ messages }) => {
    const text = messages.map(({ role, content }) => `<${role}> ${content}`).join(' ');
    return BOOK_CALLS.encode({ text });
  },
  /** @param {import('@ramble/explorer').NextQuestion} question */
  next: ({ prompt, output = [], count, sampling }) => {
    const { tokens, entropy } = distribution(prompt.tokens.length + output.length, count);
    const refused = { count: 2, probability: 0.03, tokens: tokens.slice(-2) };
    return { ...filtered(tokens, sampling), entropy, refused };
  },
  study: async function* ({ prompt }) {
    for (const blocks of [1, 2, 3]) yield { kind: 'progress', blocks, of: 3 };
    yield { kind: 'study', study: study(prompt.tokens) };
  },
  attention: ({ prompt, layer, head = 9 }) => ({
    weights: rows(prompt.tokens.length, layer * 10 + head),
  }),
  maps: async function* ({ prompt, side }) {
    for (const layer of [0, 1, 2]) {
      const mapOf = (head) => {
        const all = rows(prompt.tokens.length, layer * 10 + head).slice(0, side);
        return all.flatMap((row) => all.map((_, i) => Math.round(255 * (row[i] ?? 0))));
      };
      yield { layer, mean: mapOf(9), heads: [0, 1, 2, 3].map(mapOf) };
    }
  },
  lens: async function* ({ prompt, last }) {
    for (const blocks of [0, 1, 2, 3]) {
      const places = prompt.tokens.map((_, i) => i).slice(-last);
      yield { blocks, tokens: places.map((i) => distribution(blocks * 5 + i, 1).tokens[0]) };
    }
  },
  circuits: async function* ({ prompt, answer, ablate, corrupted, attribute, unmasked }) {
    const length = prompt.tokens.length;
    const layers = (columns) => {
      return [0, 1, 2].map((layer) => vector('circuit', layer, columns).values);
    };
    for (const done of [1, 2]) yield { kind: 'progress', done, total: 2 };
    const parts = { heads: layers(4), attention: layers(3)[0], mlp: layers(3)[1] };
    const sums = { ...parts, total: 1, embedding: 0.5, attentionBias: parts.mlp, finalBias: 0 };
    const streams = { stream: layers(length), attention: layers(length), mlp: layers(length) };
    const [masked] = distribution(3, 1).tokens;
    const maskEffect = prompt.tokens.map(() => ({ ahead: 0.5, masked, unmasked: masked }));
    const circuits = {
      ...(answer !== undefined && { answer: pageToken(answer) }),
      ...(ablate && { ablation: { by: ablate, measure: 0.25, ...parts } }),
      ...(corrupted && { patching: { clean: 2, corrupted: -1, ...streams, heads: layers(4) } }),
      ...(attribute && { attribution: sums }),
      ...(unmasked && { maskEffect }),
    };
    yield { kind: 'circuits', circuits };
  },
  scores: ({ prompt, layer, head = 9 }) => {
    const weights = rows(prompt.tokens.length, layer * 10 + head);
    const scores = weights.map((row) => row.map((weight) => Math.log((weight ?? 0.2) + 0.01)));
    const masked = scores.map((row, i) => row.map((score, j) => (j > i ? null : score)));
    return { scores, masked, weights };
  },
  block: ({ layer, position }) => ({
    vectors: ['stream', 'norm1', 'attention.qkv', 'attention.merged', 'mlp.residual'].map((step) =>
      vector(step, layer * 7 + position, step === 'attention.qkv' ? 96 : 32),
    ),
  }),
  head: ({ prompt, layer, head, position }) => {
    const weights = rows(prompt.tokens.length, layer * 10 + head)[position] ?? [];
    const numbersOf = (index) => vector('', index * 5 + head, 8).values;
    const keys = weights.map((weight, index) => ({
      ...{ index, key: numbersOf(index), score: Math.log((weight ?? 0.2) + 0.01) },
      ...{ isHidden: weight === null, weight: weight ?? 0, value: numbersOf(index + 40) },
    }));
    const rest = { count: 2, weight: 0.1, sum: numbersOf(90) };
    return { query: numbersOf(91), keys, rest, seen: position + 3, hidden: 1, sum: numbersOf(92) };
  },
  ends: ({ position, count }) => ({
    embedding: ['tokenEmbedding', 'positionEmbedding', 'input'].map((step) =>
      vector(step, position),
    ),
    output: ['output', 'finalNorm'].map((step) => vector(step, position)),
    rows: distribution(position, count).tokens.map((token) => {
      return { ...token, logit: 9 * token.probability, row: vector('', token.id).values };
    }),
  }),
  parameters: () => ({
    total: 3900,
    rows: [
      { name: 'embedding.weight', shape: [26, 32], count: 832, times: 1 },
      { name: 'attention.qkv.weight', shape: [32, 96], count: 3072, times: 3 },
    ],
  }),
  write: async function* ({ prompt, sampling = {}, count }) {
    const { seed = 0, maxNewTokens = 60, numBeams = 1 } = sampling;
    if (numBeams > 1) {
      for (let step = 0; step < 8; step++) {
        const beams = Array.from({ length: numBeams }, (_, i) => ({
          parent: Math.floor(i / 2),
          token: pageToken((step * 5 + i * 3) % WORDS.length),
          score: -step - i / 3,
        }));
        yield { kind: 'beams', step, beams };
      }
      for (let step = 0; step < 8; step++) {
        const token = { ...written(step, seed), ...pageToken((step * 5) % WORDS.length) };
        yield { kind: 'token', output: 0, token };
      }
      yield { kind: 'end', output: 0, reason: 'length', score: -1 };
      return;
    }
    for (let i = 0; i < maxNewTokens; i++) {
      for (let output = 0; output < count; output++) {
        yield { kind: 'token', output, token: written(prompt.tokens.length + i, seed + output) };
      }
      if (i % 8 === 0) await setTimeout(2);
    }
    for (let output = 0; output < count; output++) yield { kind: 'end', output, reason: 'length' };
    yield { kind: 'done', tokens: maxNewTokens * count, seconds: 0.25 };
  },
};

function written(place, seed) {
  const { tokens, entropy } = distribution(place * 31 + seed * 7, 10);
  const chosen = tokens[hash(`${place} ${seed}`) % 4];
  return { ...chosen, entropy, alternatives: tokens };
}

/** Returns the tokens with their probabilities after the temperature and top-k, if sampling settings are given. */
function filtered(tokens, sampling) {
  if (!sampling) return { tokens };
  const { temperature = 1, topK = tokens.length } = sampling;
  const raised = tokens.map(({ probability }, i) => i < topK && probability ** (1 / temperature));
  const sum = raised.reduce((total, weight) => total + weight, 0);
  return {
    tokens: tokens.map((token, i) => ({ ...token, filtered: raised[i] / sum })),
    remaining: Math.min(topK, tokens.length),
  };
}

/** Returns probable tokens for a position in a text, in descending order. */
function distribution(place, count) {
  const first = hash(`first ${place}`) % WORDS.length;
  const steepness = 1.2 + (hash(`steep ${place}`) % 20) / 5;
  const raw = WORDS.map((_, i) => 1 / (i + 1) ** steepness);
  const sum = raw.reduce((a, b) => a + b, 0);
  const tokens = raw.slice(0, count).map((weight, i) => ({
    ...pageToken((first + i * 5) % WORDS.length),
    probability: weight / sum,
    rank: i + 1,
  }));
  const entropy = raw.reduce((bits, weight) => bits - (weight / sum) * Math.log2(weight / sum), 0);
  return { tokens, entropy };
}

function study(ids) {
  const tokens = ids.map((id) => pageToken(id));
  return {
    tokens,
    steps: ['embed', 'attention', 'mlp', 'logits'].map((name) => ({
      name,
      shape: [1, ids.length, 32],
    })),
    lens: [0, 1, 2, 3].map((blocks) => ({ blocks, tokens: distribution(blocks * 3, 5).tokens })),
    cache: ids.map((_, i) => ({ tokens: i + 1, bytes: 768 * (i + 1) })),
    layers: [4, 2, 1].map((keyValueHeads) => ({ kind: 'causal', heads: 4, keyValueHeads })),
  };
}

function vector(step, seed, length = 32) {
  const values = Array.from({ length }, (_, i) => (hash(`${step} ${seed} ${i}`) % 2000) / 1000 - 1);
  return { step, values };
}

function rows(length, seed) {
  return Array.from({ length }, (_, i) => {
    const raw = Array.from({ length: i + 1 }, (_, j) => (hash(`${i} ${j} ${seed}`) % 97) ** 3 + 1);
    const sum = raw.reduce((a, b) => a + b, 0);
    return Array.from({ length }, (_, j) => (j > i ? null : (raw[j] ?? 0) / sum));
  });
}

function pageToken(id, text = WORDS[id] ?? '?') {
  return { id, word: JSON.stringify(text), text };
}

function hash(text) {
  let value = 2166136261;
  for (const character of text) value = Math.imul(value ^ character.charCodeAt(0), 16777619) >>> 0;
  return value;
}
