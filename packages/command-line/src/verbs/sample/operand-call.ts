import { UsageError } from '../../verb/exit-errors.js';
import { flagName } from '../../verb/flag.js';
import type { DomainCall } from '../../verb/verb.js';

/**
 * A call whose operand is taken for what it is: a text is a prompt; where prompts are files of the app's
 * own, as MIDI files are, it names the first kind of them, `--primer song.mid`.
 *
 * @throws UsageError where that is given too.
 */
export function operandCall<F>(call: DomainCall<F>): DomainCall<F> {
  const { app, operands, settings } = call;
  const [word] = operands as readonly (string | undefined)[];
  const setting = app.prompting?.files?.at(0);
  if (word === undefined || setting === undefined) return call;
  if (settings[setting] !== undefined) {
    throw new UsageError(`${flagName(setting)}: expected the prompt once, got ${word} too`);
  }
  return { ...call, operands: operands.slice(1), settings: { ...settings, [setting]: word } };
}
