import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { BIN } from '../test/start-ramble.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-shells-'));
  await mkdir(join(folder, 'bin'));
  const program = `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`;
  await writeFile(join(folder, 'bin/ramble'), program, { mode: 0o755 });
  await writeFile(join(folder, 'dna.txt'), 'ACGT\n');
});
afterAll(() => rm(folder, { recursive: true }));

/** Output of a shell with `ramble` first on its PATH. */
function shell(program: string, ...words: string[]): string {
  const PATH = `${join(folder, 'bin')}${delimiter}${process.env.PATH}`;
  const env = { ...process.env, NODE_OPTIONS: '', PATH, HOME: folder };
  return execFileSync(program, words, { cwd: folder, env, encoding: 'utf8' });
}

/** A test in a shell. If the shell is missing, the test is skipped and a line reports that. */
function itIn(program: string, name: string, body: () => Promise<void>): void {
  const isHere = spawnSync(program, ['--version']).error === undefined;
  if (!isHere)
    process.stderr.write(`\nSKIPPED: no ${program} here; completion in it is not tried\n`);
  (isHere ? it : it.skip)(`${name} in ${program}`, body);
}

/** Lines as they are typed before Tab, with the completions of the last word. */
const TYPED = [
  ['ramble engi', 'engines'],
  ['ramble text sample --no-r', '--no-repeat-ngram-size'],
  ['ramble text sample --prompt $(touch harmed) --method g', 'greedy'],
  ['ramble text train --data dna.t', 'dna.txt'],
] as const;

/**
 * Types lines into an interactive zsh on a new terminal, each with Tab after it. Ctrl-X prints the completed line.
 */
const DRIVER = `
zmodload zsh/zpty
zpty shell env TERM=dumb COLUMNS=200 zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source <(ramble completion zsh);
  mark() { zle -I; print -r -- "<$BUFFER>"; BUFFER=; }; zle -N mark; bindkey "^X" mark; print READ""Y'
zpty -r -m shell out '*READY*'
for line in "$@"; do
  zpty -w -n shell "$line"$'\\t'$'\\x18'
  zpty -r -m shell out '*<*>*'
  print -r -- "$out"
done
`;

describe('Tab', () => {
  itIn('zsh', 'completes', async () => {
    await writeFile(join(folder, 'driver.zsh'), DRIVER);
    const printed = shell('zsh', '-f', 'driver.zsh', ...TYPED.map(([line]) => line));
    const lines = Array.from(printed.matchAll(/<(ramble .*?) ?>/g), ([, line]) => line);
    expect(lines).toEqual(TYPED.map(([line, word]) => line.replace(/\S+$/, word)));
    expect(await readdir(folder)).not.toContain('harmed');
  });

  itIn('fish', 'completes', async () => {
    for (const [line, word] of TYPED) {
      const ask = 'ramble completion fish | source; complete --do-complete=$argv[1]';
      const offered = shell('fish', '--no-config', '-c', ask, line).trim().split('\n');
      expect(offered.map((each) => each.split('\t')[0])).toEqual([word]);
    }
    expect(await readdir(folder)).not.toContain('harmed');
  });
});
