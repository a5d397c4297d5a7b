/**
 * `node --import ./tools/systems/run-specs.mjs SPEC.ts`: runs a spec that only describes tests on a Node that cannot
 * run jest in reasonable time, or not at all. `describe` and `it` are those of node:test, and the modules next to
 * the spec are the built ones. Node itself strips the types.
 */
import { registerHooks } from 'node:module';
import { describe, it } from 'node:test';

Object.assign(globalThis, { describe, it });
registerHooks({
  resolve(specifier, context, next) {
    const { parentURL = '' } = context;
    const isOfSpec = specifier.startsWith('.') && parentURL.endsWith('.spec.ts');
    if (!isOfSpec) return next(specifier, context);
    return next(new URL(specifier, parentURL).href.replace('/src/', '/dist/'), context);
  },
});
