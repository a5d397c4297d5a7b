// `node tools/manifests.mjs`: copies to every package the fields that npm shows (repository, homepage, licence and
// engines of the root's package.json, the only place to change them) and the LICENSE. `npm run publint` and `npm
// run check:packed` check that all packages have them.
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(import.meta.dirname, '..');

/** Returns the folders of all packages that npm would publish, from the root. */
export function packageFolders() {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group))
      .map((name) => `${group}/${name}`)
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .filter((folder) => !readManifest(folder).private),
  );
}

/** Returns a line for each missing or wrong field of a package's manifest, among the required fields. */
export function lackOf(folder) {
  const manifest = readManifest(folder);
  const lacks = Object.entries(sharedFacts(folder)).flatMap(([name, expected]) => {
    const [wanted, got] = [expected, manifest[name]].map((value) => JSON.stringify(value));
    return wanted === got ? [] : [`package.json: ${name}: expected ${wanted}, got ${got}`];
  });
  if (!(manifest.keywords?.length >= 3))
    lacks.push('package.json: expected three keywords or more');
  const license = join(root, folder, 'LICENSE');
  const isSame =
    existsSync(license) && readFileSync(license).equals(readFileSync(join(root, 'LICENSE')));
  if (!isSame) lacks.push("LICENSE: expected the root's, byte for byte");
  return lacks;
}

function sharedFacts(folder) {
  const { repository, homepage, license, engines } = readManifest('.');
  return { repository: { ...repository, directory: folder }, homepage, license, engines };
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const folder of packageFolders()) {
    const { name, version, description, keywords = [], ...others } = readManifest(folder);
    const facts = sharedFacts(folder);
    for (const fact of Object.keys(facts)) delete others[fact];
    const { engines, ...above } = facts;
    const { type, ...otherFields } = others;
    const manifest = {
      name,
      version,
      description,
      keywords,
      ...above,
      type,
      engines,
      ...otherFields,
    };
    writeFileSync(join(root, folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    copyFileSync(join(root, 'LICENSE'), join(root, folder, 'LICENSE'));
  }
}
