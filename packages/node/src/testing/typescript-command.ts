import { fileURLToPath } from 'node:url';

const register = new URL('../../../../tools/register-typescript.mjs', import.meta.url).href;

/** The words that start a TypeScript program on sources that need not be built; Node is the first. */
export function typescriptCommand(program: URL, ...args: readonly string[]): [string, ...string[]] {
  const options = [`--import=${register}`, '--conditions=@ramble/source'];
  return [process.execPath, ...options, fileURLToPath(program), ...args];
}
