import { SHELL_SCRIPTS } from './shell-scripts.js';
import { UsageError } from '../../verb/exit-errors.js';
import type { Call, PlainProgram } from '../../verb/verb.js';

/** `completion`: prints what a shell reads to complete commands of `ramble` at Tab. */
export const completionProgram = {
  flags: {},
  operands: ['<shell>'],
  run: async ({ operands: [shell], output }: Call<object>) => {
    if (!Object.hasOwn(SHELL_SCRIPTS, shell)) {
      const known = Object.keys(SHELL_SCRIPTS).join(', ');
      throw new UsageError(`completion: expected one of ${known}, got ${shell}`);
    }
    await output.write(SHELL_SCRIPTS[shell]);
  },
} satisfies PlainProgram<object>;
