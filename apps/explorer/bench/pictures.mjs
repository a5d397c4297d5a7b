/**
 * `node --import ../../tools/register-typescript.mjs bench/pictures.mjs`: takes the pictures of README and
 * docs/explorer.md anew that need only the models of this repository, 1200 pixels wide.
 */
import { join } from 'node:path';

import { launchChromium } from '../test/find-chromium.ts';
import { modelFolder, startExplorer } from '../test/start-explorer.ts';

const FOLDER = join(import.meta.dirname, '../../../docs/pictures');

const browser = await launchChromium();
const served = await startExplorer(
  ['en-fr', 'piano-played'].flatMap((name) => ['--model', modelFolder(name)]),
);
try {
  await take('explorer-write', 'write?model=en-fr&prompt=Text editor for programmers', {
    height: 940,
    act: async (page) => {
      await page.getByLabel('outputs').fill('2');
      await page.getByRole('button', { name: 'Answer' }).click();
      await page.getByRole('button', { name: 'Continue' }).nth(1).waitFor();
      await page.locator('[data-index="2"]').first().click();
      await page.evaluate(() => globalThis.scrollTo(0, 0));
    },
  });
  await take('explorer-music', 'write?model=piano-played', {
    colorScheme: 'dark',
    act: async (page) => {
      await page.getByLabel('seed').fill('3');
      await page.getByLabel('length', { exact: true }).fill('560');
      await page.getByRole('button', { name: 'Write', exact: true }).click();
      await page.getByRole('button', { name: 'Continue' }).waitFor();
      await page.getByRole('button', { name: 'Play', exact: true }).click();
      await page.waitForTimeout(3000);
      await page.locator('[data-index="12"]').first().click();
    },
  });
  await take(
    'explorer-circuits',
    'look?model=en-fr&prompt=Text editor for programmers&part=circuits',
    {
      height: 700,
      act: async (page) => {
        await page.getByRole('button', { name: 'Measure' }).click();
        await page.getByRole('region', { name: 'Result' }).waitFor();
      },
    },
  );
} finally {
  await browser.close();
  await served.close();
}

/** Takes the picture of a view after some actions. */
async function take(name, place, { height = 860, colorScheme = 'light', act }) {
  const page = await browser.newPage({ viewport: { width: 1200, height }, colorScheme });
  await page.goto(`${served.address}&/${place}`);
  await act(page);
  await page.waitForTimeout(1000);
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  await page.close();
}
