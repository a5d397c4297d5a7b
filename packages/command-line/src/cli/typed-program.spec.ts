import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { runCommand } from '../../test/run-command.js';
import { VERBS } from '../verbs/verbs.js';
import { programName, type Start, typedCommands } from './typed-program.js';

const START: Start = {
  script: '/usr/local/bin/ramble',
  environment: { PATH: ['/usr/bin', '/usr/local/bin'].join(delimiter) },
  folder: '/home/ada/clone',
  platform: 'linux',
};

describe('programName', () => {
  it.each<[string, Partial<Start>, string]>([
    ['a global link', {}, 'ramble'],
    ['npx', { environment: { ...START.environment, npm_command: 'exec' } }, 'npx ramble'],
    ['a script of package.json', { environment: { npm_command: 'run-script' } }, 'npx ramble'],
    ['the link of a package', { script: '/home/ada/clone/node_modules/.bin/ramble' }, 'npx ramble'],
    [
      'the path of the script',
      { script: '/home/ada/clone/apps/ramble/bin/ramble.js' },
      'node apps/ramble/bin/ramble.js',
    ],
    [
      'a path with a space',
      { script: '/home/ada/clone/my apps/ramble.js' },
      "node 'my apps/ramble.js'",
    ],
    ['a far path', { script: '/opt/ramble/bin/ramble.js' }, 'node /opt/ramble/bin/ramble.js'],
    ['one file with Node', { typed: './ramble-linux-x64' }, './ramble-linux-x64'],
    ['a link outside the PATH', { script: '/opt/bin/ramble' }, 'node /opt/bin/ramble'],
  ])('returns the words that start the program again, for %s', (_, start, expected) => {
    expect(programName({ ...START, ...start })).toBe(expected);
  });

  it('finds the .cmd file of Windows on the PATH', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ramble-cmd-'));
    const start = { ...START, script: '/packages/ramble.js', platform: 'win32' } as const;
    try {
      const environment = { PATH: folder };
      expect(programName({ ...start, environment })).toBe('node /packages/ramble.js');
      writeFileSync(join(folder, 'ramble.cmd'), '');
      expect(programName({ ...start, environment })).toBe('ramble');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('typedCommands', () => {
  const apps = [{ name: 'text', description: '', load: () => Promise.reject(new Error()) }];
  const typed = typedCommands({ apps, verbs: VERBS }, 'npx ramble');

  it.each([
    ['use ramble text chat', 'use npx ramble text chat'],
    ['ramble ./dna.js next', 'npx ramble ./dna.js next'],
    ["ramble './my dna.js' next", "npx ramble './my dna.js' next"],
    ['see `ramble engines`', 'see `npx ramble engines`'],
    ['see ramble --help', 'see npx ramble --help'],
    ['run npx ramble text chat', 'run npx ramble text chat'],
    ['a model to ramble with', 'a model to ramble with'],
    ['ramble texts', 'ramble texts'],
    ['runs/ramble text', 'runs/ramble text'],
  ])('turns "%s" into "%s"', (text, expected) => {
    expect(typed(text)).toBe(expected);
  });
});

describe('a command that npx started', () => {
  const program = 'npx ramble';

  it('prints hints that can be pasted', async () => {
    const { stderr } = await runCommand(['letters', 'list'], { program });
    expect(stderr).toContain('Use npx ramble data list instead');
  });

  it('prints examples that can be pasted', async () => {
    for (const words of [[], ['letters'], ['metrics'], ['letters', 'sample', '--help']]) {
      const { stdout } = await runCommand(words, { program });
      const [usage, examples] = stdout.split(/^Examples?:$/m);
      expect(usage).toMatch(/^Usage: ramble /);
      expect(examples.match(/^ {2}\S+ \S+/gm)).toEqual(
        expect.arrayContaining(['  npx ramble']) as string[],
      );
      expect(examples).not.toMatch(/^ {2}ramble/m);
    }
  });
});
