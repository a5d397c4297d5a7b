/**
 * `node --import ./tools/systems/run-specs.mjs SPEC.ts`: runs a spec on a Node that runs jest too slowly, or not at
 * all. `describe` and `it` are the functions of node:test. The spec's imports resolve to the built modules, and Node
 * itself strips the types.
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
