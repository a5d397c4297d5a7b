import { existsSync } from 'node:fs';

import { chromium } from 'playwright-core';

/**
 * The program of a Chromium on this machine; says that tests are skipped where there is none.
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
 * Starts a Chromium without a window, to be closed.
 *
 * @param {string | undefined} executablePath - What `findChromium` found.
 */
export function launchChromium(executablePath) {
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
