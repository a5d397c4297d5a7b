/**
 * Makes hostile tokenizers, uses each in a server, and writes a line of JSON about each.
 *
 *     try-tokenizers FOLDER SEED FIRST END
 *
 * A line `{"begin": TEXT}` comes before each, so that a tokenizer that ends or stops the process is identified.
 */
import { memoryBytes } from '@ramble/core/files';
import { openGgufFolder } from '@ramble/runs/gguf';
import { huggingFaceFiles, huggingFaceTokenizer, type Tokenizer } from '@ramble/tokenizers';

import { judge } from '../mutants/judge.js';
import { type Draw, drawer } from '../mutants/mutate.js';
import { type SmallServer, smallServer } from '../small-server.js';
import { type HostileFile, hostileFile, hostileText } from './hostile-files.js';

/** Maximum memory of the process: ramble with a tiny model needs less. */
const MAX_BYTES = 1.5 * 2 ** 30;
/** Maximum processor time of one tokenizer with its texts. */
const MAX_MS = 20_000;
const WITHIN_MS = 20_000;

const [, seed, first, end] = process.argv.slice(2);
const write = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

for (let number = Number(first); number < Number(end); number++) {
  const draw = drawer(Number(seed), number);
  const file = hostileFile(number, draw);
  const what = `tokenizer ${number}, ${file.what}`;
  write({ begin: what });
  const before = process.cpuUsage();
  const wrong = await tryFile(file, draw);
  const { user, system } = process.cpuUsage(before);
  const elapsedMs = (user + system) / 1000;
  const memory = process.resourceUsage().maxRSS * 1024;
  const broken =
    wrong ??
    (elapsedMs > MAX_MS ? `took ${Math.round(elapsedMs)} ms` : undefined) ??
    (memory > MAX_BYTES ? `took ${memory} bytes` : undefined);
  write({ what, ...(broken !== undefined && { broken }) });
}

/** Reads a tokenizer and uses it. @returns a description of the fault, if any. */
async function tryFile(file: HostileFile, draw: Draw): Promise<string | undefined> {
  let tokenizer: Tokenizer;
  try {
    const files = file.gguf ? await filesOfGguf(file.gguf) : file.files;
    tokenizer = await huggingFaceTokenizer(files, file.vocabSize);
  } catch (error) {
    return judgeError(error, ['tokenizer.json', 'tokenizer.ggml.', 'vocab_size: ']); // the last names are of config.json
  }
  const texts = Array.from({ length: 3 }, () => hostileText(file, draw));
  for (const text of texts) {
    const wrong = encodeAndDecode(tokenizer, text);
    if (wrong !== undefined) return wrong;
  }
  const server = await smallServer({ tokenizer, receiveTimeoutSeconds: WITHIN_MS / 1000 });
  try {
    for (const text of ['a', ...texts]) await ask(server, text);
    return server.failures.length > 0 ? `log: got ${server.failures.join('; ')}` : undefined;
  } catch (error) {
    return String(error);
  } finally {
    await server.close();
  }
}

async function filesOfGguf(bytes: Uint8Array): Promise<Record<string, string>> {
  const folder = await openGgufFolder(memoryBytes('tokenizer.gguf', bytes));
  const names = (await folder.list('')).filter((name) => huggingFaceFiles.includes(name));
  const entries = names.map(async (name) => {
    const file = await folder.open(name);
    return [name, Buffer.from(await file.read(0, file.sizeBytes)).toString()] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function encodeAndDecode(tokenizer: Tokenizer, text: string): string | undefined {
  try {
    const ids = tokenizer.encode(text, { allowSpecial: true });
    const first = ids.subarray(0, 1000);
    tokenizer.decode(first);
    return undefined;
  } catch (error) {
    return judgeError(error, ['text: ']);
  }
}

/**
 * Returns what is wrong with an error; `undefined` for a RangeError of one sentence that names the file or the text.
 */
function judgeError(error: unknown, names: readonly string[]): string | undefined {
  if (!(error instanceof RangeError)) return `expected a RangeError, got ${String(error)}`;
  return judge({ status: 1, stderr: `error: ${error.message}\n` }, { names, folder: '\0' });
}

/** @throws Error unless a prompt is answered or refused by name, and the server still works. */
async function ask({ url, failures }: SmallServer, prompt: string): Promise<void> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  const [answer, health] = await Promise.all([
    fetch(`${url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt, max_tokens: 2 }),
      signal,
    }),
    fetch(`${url}/health`, { signal }),
  ]);
  const answerText = await answer.text();
  if (health.status !== 200) throw new Error(`health: expected 200, got ${health.status}`);
  await health.arrayBuffer();
  if (answer.status === 200) return;
  if (answer.status >= 500 || !/"message":"prompt: /.test(answerText)) {
    throw new Error(
      `answer: expected 200 or a refusal of prompt, got ${answerText.slice(0, 300)} ${failures.join('; ')}`,
    );
  }
}
