import { extname } from 'node:path';

import type { AnyApp } from '@ramble/core';

import { UsageError } from '../cli/exit-errors.js';

/** @throws UsageError where outputs cannot be written to a file of that name. */
export function checkExtension(
  { outputExtensions }: Pick<AnyApp, 'outputExtensions'>,
  out: string | undefined,
): void {
  if (out === undefined || !outputExtensions || outputExtensions.includes(extname(out))) return;
  throw new UsageError(
    `--out: expected a name that ends in ${outputExtensions.join(' or ')}, got ${out}`,
  );
}
