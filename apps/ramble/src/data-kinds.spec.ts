import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { type Outcome, runHere } from '../test/run-here.js';

let folder: string;
const before = process.cwd();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-kinds-'));
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(before);
  await rm(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);
const ramble = (line: string): Promise<Outcome> =>
  runHere(line.split(' '), { cacheFolder: at('cache') });
const SHORT = '--preset nano --context-length 16 --max-steps 2 --quiet';
const TEXT = Array.from({ length: 400 }, (_, i) => `line ${i} of a book\n`).join('');

interface RunJson {
  readonly data: Readonly<Record<string, { readonly sha256: string; readonly fields?: string }>>;
}
async function dataOf(run: string): Promise<RunJson['data']> {
  const text = await readFile(at(`${run}/run.json`), 'utf8');
  return (JSON.parse(text) as RunJson).data; // as a run writes it
}

describe('the command, given compressed data,', () => {
  it('learns the same as from the uncompressed file', async () => {
    await writeFile(at('book.txt'), TEXT);
    await writeFile(at('book.txt.gz'), gzipSync(TEXT));
    for (const [data, run] of [
      ['book.txt', 'plain'],
      ['book.txt.gz', 'packed'],
    ]) {
      const { status, stderr } = await ramble(`text train --data ${data} --out ${run} ${SHORT}`);
      expect([status, stderr]).toEqual([0, '']);
    }
    const [plain, packed] = [await dataOf('plain'), await dataOf('packed')];
    expect(packed.data.sha256).toBe(plain.data.sha256);
    const [one, other] = [
      await ramble('text evaluate --json --model plain --data book.txt'),
      await ramble('text evaluate --json --model plain --data book.txt.gz'),
    ];
    const loss = ({ stdout }: Outcome): unknown => (JSON.parse(stdout) as { loss: unknown }).loss;
    expect([other.status, loss(other)]).toEqual([0, loss(one)]);
  });

  it('scores lines of a compressed file', async () => {
    await writeFile(at('hypothesis.txt'), 'a b c d e\n');
    await writeFile(at('reference.txt.gz'), gzipSync('a b c d e\n'));
    const line = 'metrics bleu --reference reference.txt.gz --hypothesis hypothesis.txt --json';
    const { status, stdout } = await ramble(line);
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { score: number }).score).toBeCloseTo(100, 9);
  });

  it('names a truncated file', async () => {
    await writeFile(at('short.txt.gz'), gzipSync(TEXT).subarray(0, 500));
    const { status, stderr } = await ramble(`text train --data short.txt.gz --out short ${SHORT}`);
    expect([status, stderr]).toEqual([
      1,
      'error: short.txt.gz: expected complete gzip data, got a truncated file\n',
    ]);
  });
});

describe('the command, given a table,', () => {
  const ROWS = Array.from({ length: 60 }, (_, i) => `${i},"dog ${i}",Hund ${i}`).join('\n');

  it('trains on the columns of --fields, stores them in run.json, and resumes with them', async () => {
    await writeFile(at('pairs.csv'), `id,english,german\n${ROWS}\n`);
    const first = await ramble(
      `translation train --data pairs.csv --fields german,english --out pairs ${SHORT} --bpe-vocab-size 300`,
    );
    expect([first.status, first.stderr]).toEqual([0, '']);
    expect((await dataOf('pairs')).data.fields).toBe('german,english');
    const again = await ramble('translation train --resume --out pairs --max-steps 4 --quiet');
    expect([again.status, again.stderr]).toEqual([0, '']);
    const other = await ramble(
      'translation train --resume --data pairs.csv --fields english,german --out pairs --max-steps 6 --quiet',
    );
    expect(other.status).toBe(1);
    expect(other.stderr).toMatch(
      /^error: .*pairs\.csv: expected the data that pairs was made with, got other data\n$/,
    );
  });

  it('lists the columns of the table if --fields is missing or wrong', async () => {
    const { status, stderr } = await ramble(`text train --data pairs.csv --out none ${SHORT}`);
    expect([status, stderr]).toEqual([
      1,
      'error: pairs.csv: expected text, got id, english, german; name them with --fields german, or rename a question and its answer to prompt and completion\n',
    ]);
    const wrong = await ramble(`text train --data pairs.csv --fields a,b --out none ${SHORT}`);
    expect([wrong.status, wrong.stderr]).toEqual([
      2,
      'error: --fields: expected one name, for text, got a,b\n',
    ]);
  });

  it('refuses data that is neither text nor a table by its kind', async () => {
    await writeFile(at('paper.pdf'), '%PDF-1.7\n% text in it\n');
    const { status, stderr } = await ramble(`text train --data paper.pdf --out none ${SHORT}`);
    expect([status, stderr]).toEqual([
      1,
      'error: paper.pdf: expected a .txt, .jsonl, .csv, .parquet, .html, .epub, .docx or .odt file, got a PDF; pdftotext converts it to text\n',
    ]);
  });
});

describe('the command, given files of translators and writers,', () => {
  it('learns pairs of TMX, and lists the languages that it reads', async () => {
    const units = Array.from(
      { length: 60 },
      (_, i) =>
        `<tu><tuv xml:lang="en"><seg>dog ${i}</seg></tuv><tuv xml:lang="de"><seg>Hund ${i}</seg></tuv></tu>`,
    );
    await writeFile(
      at('memory.tmx'),
      `<?xml version="1.0"?><tmx version="1.4"><header srclang="en"/><body>${units.join('')}</body></tmx>`,
    );
    const { status, stderr } = await ramble(
      `translation train --data memory.tmx --out memory ${SHORT.replace(' --quiet', '')} --bpe-vocab-size 300`,
    );
    expect(status).toBe(0);
    expect(stderr).toContain(
      'memory.tmx: reads en as source and de as target; --fields de,en turns it round\n54 examples to train on',
    );
  });

  it('refuses them in other domains by their kind', async () => {
    await writeFile(at('page.html'), '<!doctype html><p>Call me Ishmael.');
    const { status, stderr } = await ramble(
      `translation train --data page.html --out page ${SHORT}`,
    );
    expect([status, stderr]).toEqual([
      1,
      'error: page.html: expected a .tsv, .jsonl, .csv, .parquet, .tmx, .xlf or .po file, got a web page (HTML); only its text could be read: npx ramble text learns from web pages\n',
    ]);
  });
});
