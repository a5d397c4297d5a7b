import { existsSync } from 'node:fs';

import { type Browser, chromium } from 'playwright-core';

/** The program of a Chromium on this machine; says that tests are skipped where there is none. */
const CHROMIUM = [
  process.env.CHROMIUM,
  ...['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`),
].find((path) => path !== undefined && existsSync(path));
if (CHROMIUM === undefined) {
  console.warn('SKIPPED: no Chromium here; install one, or name it in the variable CHROMIUM');
}

/** `describe` where there is a Chromium. */
export const inBrowser = CHROMIUM === undefined ? describe.skip : describe;

/** Starts a Chromium without a window, to be closed. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}
