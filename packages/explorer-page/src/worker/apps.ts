import type { AnyApp } from '@ramble/core';

/** The apps that come with ramble, each loaded for the first model of its domain. */
const APPS: Readonly<Record<string, () => Promise<unknown>>> = {
  text: async () => (await import('@ramble/text-app')).default,
  translation: async () => (await import('@ramble/translation-app')).default,
  summarization: async () => (await import('@ramble/summarization-app')).default,
  music: async () => (await import('@ramble/music-app')).musicApp,
  chorales: async () => (await import('@ramble/music-app')).choralesApp,
};

/**
 * Loads the app of a domain.
 *
 * @throws RangeError for a domain that does not come with ramble.
 */
export async function appOf(domain: string): Promise<AnyApp> {
  const load = Object.hasOwn(APPS, domain) ? APPS[domain] : undefined;
  if (!load) {
    throw new RangeError(`domain: expected one of ${Object.keys(APPS).join(', ')}, got ${domain}`);
  }
  return (await load()) as AnyApp; // an app of some examples, prompts and outputs
}
