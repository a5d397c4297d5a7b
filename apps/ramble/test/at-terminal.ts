import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../bin/ramble.js', import.meta.url));

/** Whether the program `script` of util-linux, which makes pseudo-terminals, is installed. */
export const HAS_TERMINAL = String(spawnSync('script', ['--version']).stdout).includes(
  'util-linux',
);

/** A text to wait for on the terminal, and the keys to press once it appears. */
export type Move = readonly [sees: string, keys: string];

/**
 * Runs the built program on a new pseudo-terminal.
 *
 * @param program - Words after `node` that start the program.
 * @returns the program's exit status and all text that the terminal received.
 */
export function atTerminal(
  words: readonly string[],
  moves: readonly Move[],
  program: readonly string[] = [BIN],
): Promise<{ readonly status: number | null; readonly shown: string }> {
  // A shell that stays is sent Ctrl-C as well, and dash then ends with 130 whatever the program does.
  const command = `exec ${[process.execPath, ...program, ...words].map(quote).join(' ')}`;
  const options = ['--quiet', '--return', '--flush', '--command', command, '/dev/null'];
  const child = spawn('script', options, {
    env: {
      ...process.env,
      SHELL: '/bin/sh',
      NODE_OPTIONS: '',
      TERM: 'xterm',
      FORCE_COLOR: '',
      NO_COLOR: '1',
    },
  });
  const waiting = [...moves];
  let [shown, seen] = ['', 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const move = waiting.at(0);
    const at = move ? shown.indexOf(move[0], seen) : -1;
    if (!move || at < 0) return;
    seen = shown.length;
    waiting.shift();
    child.stdin.write(move[1]);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, shown }));
  });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
