import { tmpdir } from 'node:os';

import { runCommand } from './archives.js';

const options = { folder: tmpdir(), environment: process.env };
const script = (code: string): [string, ...string[]] => ['node', '-e', code];

describe('runCommand', () => {
  it('runs a program in a folder and an environment', async () => {
    const code = 'process.exitCode = process.cwd() === process.env.HERE ? 0 : 1';
    const environment = { ...process.env, HERE: tmpdir() };
    await expect(runCommand('x', script(code), { ...options, environment })).resolves.toBe(
      undefined,
    );
  });

  it('reports the first lines of a failed program on standard error', async () => {
    const code = 'for (const i of [1, 2, 3, 4, 5]) console.error("line " + i); process.exit(3)';
    await expect(runCommand('moby-dick', script(code), options)).rejects.toThrow(
      new Error(
        `moby-dick: expected "node -e ${code}" to succeed, got exit status 3: ` +
          'line 1; line 2; line 3; line 4',
      ),
    );
  });

  it('reports that a program is missing', async () => {
    await expect(runCommand('austen', ['no-such-program'], options)).rejects.toHaveProperty(
      'message',
      'austen: no-such-program was not found on the PATH',
    );
  });

  it('stops a program on abort', async () => {
    const controller = new AbortController();
    const run = runCommand('x', script('setInterval(() => {}, 1000)'), {
      ...options,
      signal: controller.signal,
    });
    controller.abort(new Error('Ctrl-C'));
    await expect(run).rejects.toThrow(new Error('Ctrl-C'));
  });
});
