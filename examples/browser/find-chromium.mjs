import { existsSync } from 'node:fs';

import { chromium } from 'playwright-core';

/**
 * Returns the path of Chromium on this machine. If it is missing, prints that tests are skipped.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  const found = [
    process.env.CHROMIUM,
    ...['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`),
  ].find((path) => path !== undefined && existsSync(path));
  if (found === undefined) {
    console.warn('SKIPPED: no Chromium here; install one, or name it in the variable CHROMIUM');
  }
  return found;
}

/**
 * Starts Chromium without a window. The caller closes it.
 *
 * @param {string | undefined} executablePath - Path from `findChromium`.
 */
export function launchChromium(executablePath) {
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
