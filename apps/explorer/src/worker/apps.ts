import type { AnyAskedApp } from '@ramble/core';

/** Loaders of ramble's own apps, each called for the first model of its domain. */
const APPS: Readonly<Record<string, () => Promise<unknown>>> = {
  text: async () => (await import('@ramble/text-app/asked')).askedText,
  translation: async () => (await import('@ramble/translation-app/asked')).askedTranslation,
  summarization: async () => (await import('@ramble/summarization-app/asked')).askedSummarization,
  music: async () => (await import('@ramble/music-app/asked')).askedMusic,
  band: async () => (await import('@ramble/music-app/asked')).askedBand,
  chorales: async () => (await import('@ramble/music-app/asked')).askedChorales,
};

/**
 * Loads the app of a domain.
 *
 * @throws RangeError for a domain that is not one of ramble's.
 */
export async function appOf(domain: string): Promise<AnyAskedApp> {
  const load = Object.hasOwn(APPS, domain) ? APPS[domain] : undefined;
  if (!load) {
    throw new RangeError(`domain: expected one of ${Object.keys(APPS).join(', ')}, got ${domain}`);
  }
  return (await load()) as AnyAskedApp; // an app of some examples, prompts and outputs
}
