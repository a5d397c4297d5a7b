import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { atTerminal, HAS_TERMINAL } from '../test/at-terminal.js';

const MODEL = fileURLToPath(new URL('../../../examples/models/en-fr', import.meta.url));
const onTerminal = HAS_TERMINAL ? it : it.skip;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-waiting-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a command that waits for someone to type', () => {
  onTerminal('says what for, and stops on Ctrl-C', async () => {
    const words = ['translation', 'sample', '--model', MODEL];
    const { status, shown } = await atTerminal(words, [['Ctrl-C stops', '\x03']]);
    expect(status).toBe(130);
    expect(shown).toContain(
      'waiting for prompts on standard input: Ctrl-D on a new line ends it, Ctrl-C stops\r\n',
    );
  });

  onTerminal('stops so in training too, which saves on Ctrl-C elsewhere', async () => {
    const words = ['text', 'train', '--data', '-', '--out', join(folder, 'run')];
    const { status, shown } = await atTerminal(words, [['Ctrl-C stops', '\x03']]);
    expect(status).toBe(130);
    expect(shown).toContain('waiting for data on standard input: ');
  });

  onTerminal('goes on after Ctrl-D', async () => {
    const words = ['summarization', 'sample', '--method', 'lead', '--prompt-file', '-'];
    const typed = 'One. Two. Three. Four.\n\x04';
    const { status, shown } = await atTerminal(words, [['Ctrl-C stops', typed]]);
    expect(status).toBe(0);
    expect(shown.trimEnd().endsWith('One. Two. Three.')).toBe(true);
  });
});
