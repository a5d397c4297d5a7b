import type { Call, PlainProgram } from '../../verb/verb.js';
import { formatCount } from '../../format/format-count.js';
import { describeEngine, type EngineSummary } from './describe-engine.js';

/** `engines`: which run here and how fast they are, the one that is taken first. */
export const enginesProgram = { flags: {}, run } satisfies PlainProgram<object>;

async function run({ engines, output, io }: Call<object>): Promise<void> {
  const width = Math.max(...engines.map(({ name }) => name.length));
  for (const engine of engines) {
    output.progress(`measuring ${engine.name} …`);
    const summary = await describeEngine(engine, io.clock);
    output.progress('');
    if (output.isJson) await output.printJson(summary);
    else {
      await output.print(`${engine.name.padEnd(width)}  ${engine.description}`);
      await output.print(`${' '.repeat(width)}  ${speedOf(summary)}`);
    }
  }
}

function speedOf(summary: EngineSummary): string {
  if (!summary.available) return `Not available: ${summary.reason}`;
  const { gflops, tokensPerSecond } = summary;
  return (
    `Trains a nano model with ${formatCount(tokensPerSecond)} tokens a second; ` +
    `matrices at ${gflops.toPrecision(3)} GFLOP/s.`
  );
}
