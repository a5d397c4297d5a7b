/**
 * `node --import ../../tools/register-typescript.mjs bench/usable.mjs`: milliseconds from the start of a navigation to
 * a prompt that can be typed into, in a browser that has nothing of the page in its cache; the median of five. The
 * page is served by `ramble explore`, and exported with its models.
 */
import { launchChromium } from '../test/find-chromium.ts';
import { startExplorer } from '../test/start-explorer.ts';
import { MODELS, NAMES, serveExported } from './exported-site.mjs';

const TIMES = 5;
const browser = await launchChromium();
const exported = await serveExported();
const served = await startExplorer(MODELS);
try {
  for (const model of NAMES) {
    await measure('served', `${served.address}&/write?model=${model}`, model);
    await measure('exported', `${exported.address}#/write?model=${model}`, model);
  }
} finally {
  await browser.close();
  await exported.close();
  await served.close();
}

async function measure(kind, address, model) {
  const times = [];
  for (let i = 0; i < TIMES; i++) times.push(await timePage(address));
  const [fastest, , median, , slowest] = times.sort((a, b) => a - b).map(Math.round);
  console.log(`${kind}, ${model}: ${median} ms (${fastest} to ${slowest})`);
}

async function timePage(address) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(() => {
    const { document, MutationObserver } = globalThis;
    new MutationObserver(() => {
      if (document.querySelector('#prompt:enabled')) globalThis.usableMs ??= performance.now();
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(address);
  const usable = await page.waitForFunction(() => globalThis.usableMs);
  const time = await usable.jsonValue();
  await context.close();
  return time;
}
