import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { fingerprint } from '@ramble/core';

import { UsageError } from '../../verb/exit-errors.js';
import { bundleApp } from './bundle-app.js';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-bundle-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Bundles a module next to `name.mjs`. */
async function bundle(source: string): Promise<Uint8Array> {
  await writeFile(at('name.mjs'), `export const name = 'mine';`);
  await writeFile(at('app.mjs'), source);
  return bundleApp('./app.mjs', at('app.mjs'));
}

describe('bundleApp', () => {
  it("makes one module of all that the app uses, ramble's modules included", async () => {
    const program = await bundle(`import { counted } from '@ramble/core/files';
      import { fingerprint } from '@ramble/core';
      import { name } from './name.mjs';
      export default { name: counted(2, name), print: fingerprint({ a: 'b' }) };`);
    await writeFile(at('bundle.mjs'), program);
    const { default: app } = (await import(pathToFileURL(at('bundle.mjs')).href)) as {
      default: object;
    };
    expect(app).toEqual({ name: '2 mines', print: fingerprint({ a: 'b' }) });
    expect(program.length).toBeLessThan(10_000); // the two modules of core that the app imports, and no more
  });

  it('leaves out modules that are imported only when they are used', async () => {
    const program = await bundle(
      `export default { name: 'mine', read: () => import('node:fs/promises') };`,
    );
    expect(new TextDecoder().decode(program)).toContain('import("node:fs/promises")');
  });

  it('refuses an import that no browser has, in whichever file it is', async () => {
    await writeFile(at('reads.mjs'), `import { readFileSync } from 'fs';\nreadFileSync('a');`);
    const bundled = bundle(`import './reads.mjs';\nexport default {};`);
    await expect(bundled).rejects.toThrow(UsageError);
    await expect(bundled).rejects.toThrow(
      /^--domain: expected an app that runs in a browser, got \.\/app\.mjs, of which .*reads\.mjs imports fs$/,
    );
  });

  it('reports the position of an error in a module', async () => {
    await expect(bundle('export default {')).rejects.toThrow(/app\.mjs:1:16: ERROR/);
    await expect(bundle(`import 'no-such-package';`)).rejects.toThrow(
      'Could not resolve "no-such-package"',
    );
  });
});
