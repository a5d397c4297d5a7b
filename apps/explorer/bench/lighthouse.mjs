/**
 * `npm run check:lighthouse`: Lighthouse's scores of each view of an exported page, on its phone with a slow
 * connection, from a server that compresses nothing. Fails below 95 of 100 in any category.
 *
 * Lighthouse is fetched by npx and is no dependency: its 200 packages would be in every clone for a check that
 * needs a quiet machine. 12 is its last version for Node 20.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { CHROMIUM } from '../test/find-chromium.ts';
import { serveExported } from './exported-site.mjs';

const LIGHTHOUSE = 'lighthouse@12.8.2';
const LEAST = 95;
const VIEWS = [
  'write?model=en-fr',
  'write?model=piano',
  'look?model=en-fr&prompt=Text editor for programmers',
];

const { address, close } = await serveExported();
const low = [];
try {
  for (const view of VIEWS) {
    const scores = await scoresOf(`${address}#/${encodeURI(view)}`);
    const told = scores.map(({ title, score }) => `${title} ${score}`).join(', ');
    console.log(`${view}: ${told}`);
    if (scores.some(({ score }) => score < LEAST)) low.push(view);
  }
} finally {
  await close();
}
if (low.length > 0) {
  console.error(
    `lighthouse: expected at least ${LEAST} in all views, got less in ${low.join(', ')}`,
  );
  process.exitCode = 1;
}

async function scoresOf(url) {
  const flags = ['--quiet', '--output=json', '--chrome-flags=--headless=new --no-sandbox'];
  const { stdout } = await promisify(execFile)('npx', ['--yes', LIGHTHOUSE, url, ...flags], {
    env: { ...process.env, CHROME_PATH: CHROMIUM },
    maxBuffer: 2 ** 26,
  });
  const { categories } = JSON.parse(stdout);
  return Object.values(categories).map(({ title, score }) => ({
    title,
    score: Math.round(100 * score),
  }));
}
