import { CHROMIUM } from './find-chromium.js';

if (CHROMIUM === undefined) {
  console.warn('SKIPPED: no Chromium here; install one, or name it in the variable CHROMIUM');
}

/** `describe` if Chromium is installed, else `describe.skip`. */
export const inBrowser = CHROMIUM === undefined ? describe.skip : describe;
