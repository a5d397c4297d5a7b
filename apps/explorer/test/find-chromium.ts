import { existsSync } from 'node:fs';

import { type Browser, chromium } from 'playwright-core';

/** Path of Chromium on this machine; `undefined` if it is not installed. */
export const CHROMIUM = [
  process.env.CHROMIUM,
  ...['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`),
].find((path) => path !== undefined && existsSync(path));

/** Starts a Chromium without a window, to be closed. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}
