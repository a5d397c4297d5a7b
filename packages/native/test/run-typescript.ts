import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const hooks = new URL('../../../tools/typescript-hooks.mjs', import.meta.url).href;
const register = `import { register } from 'node:module'; register(${JSON.stringify(hooks)});`;
const options = [
  `--import=data:text/javascript,${encodeURIComponent(register)}`,
  '--conditions=@ramble/source',
  '--disable-warning=ExperimentalWarning',
];

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  readonly nodeOptions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Maximum address space of the process in kilobytes. */
  readonly memoryLimit?: number;
}

/** Runs a program of this folder in a separate process. */
export function runProcess(
  program: string,
  { nodeOptions = [], env = {}, memoryLimit }: ProcessOptions = {},
): Ended {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const limit = memoryLimit === undefined ? '' : `ulimit -v ${memoryLimit};`;
  const words = [process.execPath, ...options, ...nodeOptions, path];
  return spawnSync('sh', ['-c', `${limit} exec "$@"`, 'sh', ...words], {
    encoding: 'utf8',
    // The program must not get Jest's options, nor the colours that Nx requests.
    env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0', ...env },
  });
}

/**
 * Runs a program of this folder in a worker thread of this process, and resolves to the first message of the thread.
 */
export function runWorker(program: string, env: Record<string, string>): Promise<unknown> {
  const worker = new Worker(new URL(program, import.meta.url), {
    execArgv: options,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  return new Promise((resolve, reject) => {
    worker.once('message', (message: unknown) => {
      resolve(message);
      void worker.terminate();
    });
    worker.once('error', reject);
  });
}
