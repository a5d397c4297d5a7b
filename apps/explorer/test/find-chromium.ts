import { existsSync } from 'node:fs';

import { type Browser, chromium } from 'playwright-core';

/** The program of a Chromium on this machine; `undefined` where there is none. */
export const CHROMIUM = [
  process.env.CHROMIUM,
  ...['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`),
].find((path) => path !== undefined && existsSync(path));

/** Starts a Chromium without a window, to be closed. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}
