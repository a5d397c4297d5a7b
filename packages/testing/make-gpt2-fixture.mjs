// Writes src/gpt2/gpt2-fixture.gen.ts from the numbers in packages/node/fixtures/gpt2. It is a module,
// because the suites also run in environments without files.
import { readFileSync, writeFileSync } from 'node:fs';

const read = (name) => readFileSync(new URL(`../node/fixtures/gpt2/${name}`, import.meta.url));
const base64 = (name) => `'${read(name).toString('base64')}'`;
const golden = JSON.parse(read('golden.json'));
// The safetensors files have all these numbers.
delete golden.logits;
delete golden.gradients;

writeFileSync(
  new URL('src/gpt2/gpt2-fixture.gen.ts', import.meta.url),
  `// node packages/testing/make-gpt2-fixture.mjs
/** Safetensors files in base64; packages/node/fixtures/README.md says what is in them. */
export const MODEL = ${base64('model.safetensors')};
export const ACTIVATIONS = ${base64('activations.safetensors')};
export const GRADIENTS = ${base64('gradients.safetensors')};
export const AFTER_10 = ${base64('after10.safetensors')};
export const GOLDEN = ${JSON.stringify(golden)};
/** Losses and norms of 50 steps of Muon. */
export const MUON = ${JSON.stringify(JSON.parse(read('muon.json')))};
/** Losses of 50 steps of AdamW, in float32 and with bfloat16 autocast. */
export const BFLOAT16 = ${JSON.stringify(JSON.parse(read('bf16.json')))};
`,
);
