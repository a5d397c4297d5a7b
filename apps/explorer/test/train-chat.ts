import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { askCommand } from './start-explorer.js';

const TEMPLATE = `{% for m in messages %}{{ m.role[0] }}: {{ m.content }}
{% endfor %}a:`;
const TEXT = 'u: hi\na: call me ishmael.\nu: sing\na: la la la la la.\n';

/**
 * Trains a small model of letters, exports it, and imports it with a chat template, as instruct models have one.
 *
 * @param folder - Folder for all files.
 * @returns the folder of the run.
 */
export async function trainChat(folder: string): Promise<string> {
  const at = (name: string): string => join(folder, name);
  await writeFile(at('talk.txt'), TEXT.repeat(40));
  const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '32', '--context-length', '64'];
  const steps = ['--max-steps', '60', '--batch-size', '4', '--learning-rate', '0.01'];
  const words = ['--tokenizer', 'bytes', '--data', at('talk.txt'), ...size, ...steps];
  await askCommand(['text', 'train', '--out', at('learned'), ...words]);
  await askCommand(['text', 'export', '--model', at('learned'), '--out', at('exported')]);
  await writeFile(at('exported/chat_template.jinja'), TEMPLATE);
  await askCommand(['text', 'import', at('exported'), '--out', at('talk')]);
  return at('talk');
}
