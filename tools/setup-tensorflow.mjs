// `npm run setup:tensorflow`: adds the TensorFlow library and its binding to @tensorflow/tfjs-node, which npm
// installs without a binary. First it runs the package's own install script. If that download is refused, it takes
// the library from the Python wheel of tensorflow-cpu. Does nothing if the binding already loads.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

import { makeWheelLibrary, wheelLibrary } from './tensorflow-wheel.mjs';

const root = dirname(import.meta.dirname);
const require = createRequire(join(root, 'packages/tensorflow/package.json'));

/** Runs `code` in a separate Node: a library this processor cannot run must not end the setup. */
function run(code) {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' };
  return spawnSync(process.execPath, ['-e', code], { cwd: root, env, encoding: 'utf8' });
}

const loads = (binding) =>
  existsSync(binding) && run(`require(${JSON.stringify(binding)})`).status === 0;

/** Runs the package's own install script. @returns whether the binding loads after it. */
function installTheNormalWay(folder, binding) {
  console.log('tensorflow: running the install script of @tensorflow/tfjs-node …');
  const path = `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`;
  const { status, stderr, error } = spawnSync(process.execPath, ['scripts/install.js'], {
    cwd: folder,
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
    timeout: 15 * 60_000,
  });
  if (status === 0 && loads(binding)) return true;
  const reason = error?.message ?? /^.*error:.*$/im.exec(stderr)?.[0] ?? `exit status ${status}`;
  console.log(`tensorflow: that failed (${reason})`);
  return false;
}

/**
 * Checks the package: loads it as the engine does and computes a matrix product. @returns the version of TensorFlow.
 */
function firstProduct(folder) {
  const { stdout, stderr, status } = run(`
    require('node:util').isNullOrUndefined ??= (value) => value == null; // gone in Node 23
    const tf = require(${JSON.stringify(folder)});
    if (tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0] !== 11) throw new Error('1*3 + 2*4 != 11');
    console.log(tf.backend().binding.TF_Version);`);
  if (status !== 0)
    throw new Error(`setup:tensorflow: expected 11 from TensorFlow, got\n${stderr}`);
  return stdout.trim();
}

function setup() {
  let folder;
  try {
    folder = dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
  } catch (cause) {
    const message =
      'setup:tensorflow: node_modules/@tensorflow/tfjs-node is missing; run npm install';
    throw new Error(message, { cause });
  }
  const binding = join(folder, 'lib/napi-v8/tfjs_binding.node');
  if (loads(binding)) return console.log('tensorflow: already set up');

  if (existsSync(wheelLibrary()) || !installTheNormalWay(folder, binding)) {
    if (!existsSync(wheelLibrary())) {
      makeWheelLibrary(folder, require('node-api-headers').include_dir);
    }
    console.log(`tensorflow: linking ${wheelLibrary()}`);
    rmSync(dirname(binding), { recursive: true, force: true });
    mkdirSync(join(folder, 'lib'), { recursive: true });
    symlinkSync(wheelLibrary(), dirname(binding));
  }
  console.log(`tensorflow: TensorFlow ${firstProduct(folder)} works`);
}

try {
  setup();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
