// `npm run check:hub`: checks that ramble and Python's huggingface_hub share a cache: each finds without a network
// what the other downloaded from a Hub on the loopback. The real client also confirms the protocol of the tests'
// server. Prints SKIPPED if Python is absent.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { getModel } from '@ramble/datasets';
import { hubCommit, startHub } from '@ramble/node/testing';

const CLIENT = 'huggingface_hub==2.4.0';
const SCRIPT = `
import sys
from huggingface_hub import hf_hub_download
repository, *names = sys.argv[1:]
for name in names:
    print(hf_hub_download(repository, name))
`;

if (spawnSync('python3', ['-c', 'import venv, ensurepip']).status !== 0) {
  console.log('hub: SKIPPED, because it needs python3 with venv and pip');
  process.exit(0);
}
const python = installClient();
const folder = mkdtempSync(join(tmpdir(), 'ramble-check-hub-'));
const files = {
  'config.json': '{"model_type":"llama"}',
  'generation_config.json': '{"eos_token_id":2}',
  'model.safetensors': Buffer.alloc(3_000_000, 'weights'),
  'tokenizer.json': '{"é":1}',
};
const hub = await startHub({ 'melville/whale': { files } });
try {
  await check('ramble first', ramble, pythonClient);
  await check('Python first', pythonClient, ramble);
  console.log('hub: ramble and huggingface_hub share their cache, both ways');
} finally {
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Downloads with one program, and checks that the other one finds the files without a network. */
async function check(name, first, second) {
  const HF_HOME = join(folder, name.split(' ')[0]);
  const environment = { HF_ENDPOINT: hub.url, HF_HOME };
  const downloaded = await first(environment);
  const found = await second({ ...environment, HF_HUB_OFFLINE: '1' });
  const snapshot = join(HF_HOME, 'hub/models--melville--whale/snapshots', hubCommit({ files }));
  for (const path of [downloaded, found].flat()) {
    const file = path.slice(snapshot.length + 1);
    if (!path.startsWith(snapshot) || !Buffer.from(files[file]).equals(readFileSync(path))) {
      throw new Error(
        `hub: ${name}: expected ${join(snapshot, file)} as it is published, got ${path}`,
      );
    }
  }
}

async function ramble(environment) {
  const { path } = await getModel('melville/whale', { environment });
  return Object.keys(files).map((name) => join(path, name));
}

async function pythonClient(environment) {
  const script = join(folder, 'client.py');
  writeFileSync(script, SCRIPT);
  const words = [script, 'melville/whale', ...Object.keys(files)];
  const { PATH } = process.env;
  const { stdout } = await promisify(execFile)(python, words, { env: { PATH, ...environment } });
  return stdout.trim().split('\n');
}

/** Creates a virtual environment in ramble's cache folder. */
function installClient() {
  const { RAMBLE_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = RAMBLE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'ramble');
  const venv = join(cache, CLIENT.replace('==', '-'));
  const program = join(venv, 'bin/python');
  if (!existsSync(program)) {
    console.error(`hub: installing ${CLIENT} …`);
    run('python3', ['-m', 'venv', venv]);
    run(program, ['-m', 'pip', 'install', '--quiet', CLIENT]);
  }
  return program;
}

function run(command, words) {
  const { status } = spawnSync(command, words, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`hub: expected ${command} to succeed, got status ${status}`);
}
