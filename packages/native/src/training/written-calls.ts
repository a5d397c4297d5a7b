import type { OpCall } from '../addon/addon-types.js';
import { type NativeOps, namedOps, type PositionalOps } from '../addon/ops.gen.js';

/** The calls of ops that `make` makes, written down instead of run. */
export function writtenCalls(make: (ops: NativeOps) => void): OpCall[] {
  const written: OpCall[] = [];
  const write = (name: string) => {
    return (...values: unknown[]): void => void written.push([name, values]);
  };
  // The cast: a function for every name.
  const ops = new Proxy({}, { get: (_, name) => write(String(name)) }) as PositionalOps;
  make(namedOps(ops));
  return written;
}
