import { cp, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';

let folder: string;
let RUN: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-broken-'));
  await makeRun(join(folder, 'made'), lettersApp);
});
beforeEach(async () => {
  RUN = join(folder, 'run');
  await cp(join(folder, 'made'), RUN, { recursive: true });
});
afterEach(() => rm(RUN, { recursive: true }));
afterAll(() => rm(folder, { recursive: true }));

const letters = (...words: string[]): Promise<Outcome> => runCommand(['letters', ...words]);

/** Flips a bit in the middle of a file of a checkpoint. */
async function flip(step: number, name: string): Promise<string> {
  const path = `${RUN}/checkpoints/000000${step}/${name}`;
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, size >> 1);
  byte[0] ^= 4;
  await file.write(byte, 0, 1, size >> 1);
  await file.close();
  return path;
}

const damaged = (path: string): RegExp =>
  new RegExp(
    `${path}: expected the checksum \\w{8}, as it was saved, got \\w{8}. The file is damaged`,
  );

describe('inspect, of a run that is broken', () => {
  it('reports that a whole run is whole', async () => {
    const { status, stdout } = await letters('inspect', '--model', RUN);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^checkpoints +step 10, .*the best, whole, /m);
    expect(stdout).toMatch(/^ +step 20, .*, whole, /m);
  });

  it('names the broken files, and fails', async () => {
    const path = await flip(20, 'training.safetensors');
    await writeFile(join(RUN, 'best.json'), '{"st');
    await writeFile(join(RUN, 'log.jsonl'), 'x\n', { flag: 'a' });
    const { status, stdout, stderr } = await letters('inspect', '--model', RUN);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^checkpoints +step 10, .*whole, /m);
    expect(stdout).toMatch(/^ +step 20, .*broken, /m);
    expect(stdout).toMatch(damaged(path));
    expect(stderr).toBe(
      `error: ${RUN}: expected an undamaged run, got damage: the checkpoint of step 20; ` +
        `${RUN}/log.jsonl: expected entries of a log, got something else in line 3; ` +
        `${RUN}/best.json: expected JSON, got "{\\"st". ` +
        'train --resume continues from the newest intact checkpoint and repairs the rest\n',
    );
    const json = await letters('inspect', '--model', RUN, '--json');
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      checkpoints: [
        { step: 10, isWhole: true },
        { step: 20, isWhole: false, broken: [expect.stringMatching(damaged(path))] },
      ],
    });
  });

  it('checks the other files if an unchanged file cannot be read, and names the reason', async () => {
    const at = `${RUN}/checkpoints/00000010`;
    const sums = JSON.parse(await readFile(`${at}/checksums.json`, 'utf8')) as {
      files: Record<string, object>;
    };
    sums.files['training.json'] = { sizeBytes: 5, crc32: crc32('[600]').toString(16) };
    await writeFile(`${at}/training.json`, '[600]');
    await writeFile(`${at}/checksums.json`, JSON.stringify(sums));
    const { status, stdout, stderr } = await letters('inspect', '--model', RUN);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^checkpoints +step 10, .*broken, /m);
    expect(stdout).toMatch(
      /^broken +\S+00000010\/training.json: expected a JSON object, got "\[600\]"$/m,
    );
    expect(stdout).toMatch(/^ +step 20, .*whole, /m);
    expect(stderr).toBe(
      `error: ${RUN}: expected an undamaged run, got damage: the checkpoint of step 10. ` +
        'train --resume continues from the newest intact checkpoint and repairs the rest; ' +
        'it does not go back beyond step 10, whose files are unchanged since they were saved\n',
    );
  });

  it('describes a run whose model is cut short', async () => {
    await truncate(`${RUN}/checkpoints/00000020/model.safetensors`, 100);
    const { status, stdout } = await letters('inspect', '--model', RUN);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /00000020\/model.safetensors: expected \d+ bytes, as it was saved, got 100/,
    );
  });
});

describe('a run whose checkpoint is broken', () => {
  it.each(['', '--quiet'])(
    'is sampled from the newest whole checkpoint, with a warning, %s',
    async (quiet) => {
      const path = await flip(10, 'model.safetensors');
      const words = ['sample', '--model', RUN, '--max-new-tokens', '5', '--seed', '1', quiet];
      const sampled = await letters(...words.filter((word) => word !== ''));
      expect(sampled.status).toBe(0);
      expect(sampled.stderr).toMatch(damaged(path));
      expect(sampled.stderr).toContain('The checkpoint of step 20 takes its place');
    },
  );

  it('is refused if the broken checkpoint is named, or exported', async () => {
    const path = await flip(10, 'model.safetensors');
    const named = await letters('sample', '--model', `${RUN}/checkpoints/10`);
    expect([named.status, named.stderr]).toEqual([1, expect.stringMatching(damaged(path))]);
    const out = join(folder, 'exported');
    const exported = await letters('export', '--model', RUN, '--out', out);
    expect([exported.status, exported.stderr]).toEqual([1, expect.stringMatching(damaged(path))]);
    await expect(readFile(join(out, 'config.json'))).rejects.toThrow('ENOENT');
  });

  it('is sampled in spite of a half-written best.json', async () => {
    await writeFile(join(RUN, 'best.json'), '{"step":');
    const sampled = await letters('sample', '--model', RUN, '--max-new-tokens', '5');
    expect(sampled.status).toBe(0);
    expect(sampled.stderr).toContain(
      `${RUN}/best.json: expected JSON, got "{\\"step\\":". The newest checkpoint takes the place of the best`,
    );
  });

  it('is resumed from the newest whole checkpoint', async () => {
    const data = join(folder, 'data.txt');
    const out = join(folder, 'trained');
    await writeFile(data, 'call me ishmael some years ago never mind how long\n'.repeat(8));
    const shape = ['--n-layer', '1', '--n-head', '2', '--n-embd', '8', '--context-length', '8'];
    const pace = ['--batch-size', '2', '--save-interval', '2', '--eval-interval', '100'];
    const words = ['--data', data, '--out', out, ...shape, ...pace, '--max-steps', '4'];
    expect((await letters('train', ...words)).status).toBe(0);
    const whole = await readFile(`${out}/checkpoints/00000004/training.safetensors`);
    const last = `${out}/checkpoints/00000004`;
    await truncate(`${last}/model.safetensors`, 1000);
    await writeFile(`${out}/log.jsonl`, Buffer.from([0xff, 10]), { flag: 'a' });
    const { status, stderr } = await letters('train', '--resume', '--out', out);
    expect(status).toBe(0);
    expect(stderr).toMatch(
      new RegExp(
        `warning: ${last}/model.safetensors: expected \\d+ bytes, as it was saved, got 1000. Training goes on from step 2 ` +
          `and trains up to step 4 again; the broken checkpoint is kept in ${out}/broken/00000004\n`,
      ),
    );
    expect(stderr).toMatch(/log.jsonl: expected entries of a log, got something else in line \d+/);
    expect(await readFile(`${last}/training.safetensors`)).toEqual(whole);
  });
});
