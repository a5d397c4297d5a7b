import type { AnyDomain } from '../domain/domain.js';
import { streamOutputFeature } from './app-features.js';
import type { AnyAskedApp } from './app.js';

/**
 * The kind of file that an app's outputs are, without its dot: `mid`, which is that of an empty output.
 *
 * @returns `undefined` where outputs are text.
 */
export function outputFormat(app: AnyAskedApp, domain: AnyDomain): string | undefined {
  if (streamOutputFeature.of(app)) return undefined;
  try {
    const artifact = app.showOutput(domain.decodeOutput([]));
    return artifact.kind === 'file' ? artifact.extension.replace(/^\./, '') : undefined;
  } catch {
    return undefined; // an app of somebody's own may have no picture of nothing
  }
}
