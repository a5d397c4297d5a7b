/**
 * `node --import ../../tools/register-typescript.mjs bench/smooth.ts [logs] [text]`: how smoothly the page is drawn,
 * as JSON, with ten logs of 100,000 lines that grow, and with a text of 100,000 tokens.
 */
import { cpus, loadavg } from 'node:os';

import { launchChromium } from '../test/find-chromium.js';
import { longText } from './long-text.js';
import { watchLogs } from './watch-logs.js';

const ROWS = { logs: watchLogs, text: longText };

const names = process.argv.slice(2);
const browser = await launchChromium();
try {
  const load = loadavg()[0];
  const results: Record<string, unknown> = {};
  for (const [name, measure] of Object.entries(ROWS)) {
    if (names.length === 0 || names.includes(name)) results[name] = await measure(browser);
  }
  const machine = {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model,
    load,
  };
  console.log(JSON.stringify({ ...machine, chromium: browser.version(), ...results }, null, 2));
} finally {
  await browser.close();
}
