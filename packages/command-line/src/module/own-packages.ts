import type { ResolveHook } from 'node:module';

/**
 * Resolves packages of ramble that a module cannot find to the command's own, as a hook of Node's module
 * loader.
 *
 * @see https://nodejs.org/docs/latest-v20.x/api/module.html#customization-hooks
 */
export const resolve: ResolveHook = async (specifier, context, next) => {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!specifier.startsWith('@ramble/')) throw error;
    return next(specifier, { ...context, parentURL: import.meta.url });
  }
};
