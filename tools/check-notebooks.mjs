// `npm run check:notebooks`: runs the notebooks of examples/notebooks in Deno's kernel by Jupyter's nbclient, with the
// packages of the clone, and checks what they print and draw. Prints SKIPPED if Python is absent, if PyPI or npm cannot
// be reached, or on a system other than Linux on x64.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findPython } from './peers/find-python.mjs';
import { installed } from './peers/installed.mjs';

const DENO = {
  name: '@deno/linux-x64-glibc',
  version: '2.9.6',
  others: [],
  main: 'deno',
  omit: [],
};
const PACKAGES = ['nbclient==0.11.0', 'nbformat==5.11.1'];
/** Runs a notebook, and prints the outputs of its cells as JSON. */
const RUNNER = `
import json, sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=240, kernel_name="deno").execute()
json.dump([output for cell in notebook.cells for output in cell.get("outputs", [])], sys.stdout)
`;

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log('notebooks: SKIPPED: Deno is fetched for Linux on x64 only');
  process.exit(0);
}
const python = findPython('notebooks', PACKAGES, ['nbclient', 'nbformat']);
const deno = findDeno();
const notebooks = join(import.meta.dirname, '../examples/notebooks');
const folder = mkdtempSync(join(tmpdir(), 'ramble-notebooks-'));
try {
  writeKernel();
  const names = run('train-names.ipynb');
  const curve = names.find(({ data }) => data?.['image/svg+xml']);
  // The display is updated in place: one output, with the last step.
  expect('train-names', /^step 250: [01]\.\d\d nats a letter$/, curve?.data['text/plain']);
  expect('train-names', /^(?:[a-z]+(?: \(in the list\))?\n){20}$/, printedBy(names));
  const inside = run('look-inside.ipynb');
  expect(
    'look-inside',
    /"ehcadaeh"/,
    JSON.stringify(inside.map(({ data }) => data)).replaceAll('\\', ''),
  );
  expect(
    'look-inside',
    /^step 50: .*\n(?:step .*\n)*(?:head \d: (?:0\.[89]\d|1\.00) of .*\n){2}$/,
    printedBy(inside),
  );
  expect(
    'look-inside',
    /<svg .*<\/svg>/s,
    inside.find(({ data }) => data?.['image/svg+xml'])?.data['image/svg+xml'],
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function findDeno() {
  try {
    return installed(DENO);
  } catch (error) {
    console.log(`notebooks: SKIPPED, because npm cannot be reached: ${error.message}`);
    process.exit(0);
  }
}

/** Writes the description of Deno's kernel, as `deno jupyter --install` would in the user's home. */
function writeKernel() {
  const kernel = join(folder, 'kernels/deno');
  mkdirSync(kernel, { recursive: true });
  const argv = [deno, 'jupyter', '--kernel', '--conn', '{connection_file}'];
  const description = { argv, display_name: 'Deno', language: 'typescript' };
  writeFileSync(join(kernel, 'kernel.json'), JSON.stringify(description));
}

/** Runs a notebook and returns the outputs of its cells. Throws if a cell fails. */
function run(name) {
  const startMs = performance.now();
  const { status, stdout, stderr } = spawnSync(python, ['-c', RUNNER, name], {
    ...{ cwd: notebooks, encoding: 'utf8', maxBuffer: 2 ** 28 },
    env: { ...process.env, JUPYTER_PATH: folder, NO_COLOR: '1' },
  });
  if (status !== 0) throw new Error(`${name}: ${stderr.split('\n').slice(-20).join('\n')}`);
  console.log(`notebooks: ${name} ran in ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
  return JSON.parse(stdout);
}

function printedBy(outputs) {
  return outputs.flatMap(({ name, text }) => (name === 'stdout' ? text : [])).join('');
}

function expect(name, pattern, text = 'nothing') {
  if (!pattern.test(text)) throw new Error(`${name}: expected ${pattern}, got ${text}`);
}
