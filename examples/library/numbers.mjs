// Learns to translate numbers below a thousand into words, and translates numbers that it never saw: node
// examples/library/numbers.mjs [STEPS]
import {
  createModel,
  exampleBatches,
  generate,
  loadFirstEngine,
  pairExample,
  pairPrompt,
  train,
  trainingConfig,
} from '@ramble/core';
import { nativeEngine } from '@ramble/native';
import { wasmEngine } from '@ramble/portable';

const ONES = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen ' +
  'fifteen sixteen seventeen eighteen nineteen'
).split(' ');
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** The function that the model must learn: a number in words. */
function inWords(number) {
  if (number < 20) return [ONES[number]];
  const unit = number < 100 ? 10 : 100;
  const first = Math.floor(number / unit);
  const rest = number % unit;
  const words = number < 100 ? [TENS[first - 2]] : [ONES[first], 'hundred'];
  return rest === 0 ? words : [...words, ...inWords(rest)];
}

// Each digit and each word is a token: `3 4 7 <in words> three hundred forty seven <end>`.
const vocabulary = [...'0123456789', ...ONES, ...TENS, 'hundred', '<in words>', '<end>'];
const encode = (tokens) => tokens.map((token) => vocabulary.indexOf(token));
const [separator, end] = encode(['<in words>', '<end>']);
const pairOf = (number) => ({
  source: encode([...String(number)]),
  separator,
  target: encode(inWords(number)),
  end,
});

const numbers = Array.from({ length: 1000 }, (_, number) => number);
const isHeldOut = (number) => number % 7 === 3;
const sequences = numbers
  .filter((number) => !isHeldOut(number))
  .map((number) => pairExample(pairOf(number), { sourceLoss: 0 })); // no loss on the digits
const examples = {
  length: sequences.length,
  lengthOf: (index) => sequences[index].tokens.length,
  read: (index) => Promise.resolve(sequences[index]),
};

await loadFirstEngine([nativeEngine, wasmEngine]);
const [contextLength, batchSize, learningRate] = [9, 32, 0.005];
const shape = { contextLength, nLayer: 2, nHead: 4, nEmbd: 48 };
const model = createModel({ vocabSize: vocabulary.length, ...shape });
const maxSteps = Number(process.argv[2] ?? 300);
const config = trainingConfig({ maxSteps, warmupSteps: 20, learningRate, batchSize });
const batches = exampleBatches(examples, { contextLength, batchSize, seed: 0 });
for await (const report of train({ model, config, batches, clock: performance })) {
  if (report.kind !== 'step' || report.step % 50 > 0) continue;
  console.log(`step ${report.step}: ${report.loss.toFixed(3)} nats a word`);
}

const unseen = numbers.filter(isHeldOut);
const prompts = unseen.map((number) => pairPrompt(pairOf(number)));
const said = unseen.map(() => []);
const options = { method: 'greedy', stopTokens: [end], maxNewTokens: 6 };
for await (const event of generate(model, prompts, options)) {
  if (event.kind === 'token') said[event.sequence].push(vocabulary[event.token]);
}
const isRight = (number, i) => said[i].join(' ') === inWords(number).join(' ');
console.log(
  unseen
    .slice(-3)
    .map((number, i) => `${number} ${said.at(i - 3).join(' ')}`)
    .join('\n'),
);
console.log(`${unseen.filter(isRight).length} of ${unseen.length} numbers are right`);
