import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mountSmallDisk } from '@ramble/node/testing';

import {
  checksumLike,
  downloadFile,
  type DownloadOptions,
  equalChecksums,
  type Progress,
  shownChecksum,
} from './download-file.js';

const CONTENT = Buffer.from(
  'Call me Ishmael. Some years ago — never mind how long.\n'.repeat(4000),
);
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

const disk = mountSmallDisk(); // only root may have it
disk?.unmount();

let folder: string;
let path: string;
let server: Server;
let url: string;
/** The server's response to each request, in order; the last one repeats. */
let answers: ((request: IncomingMessage, response: ServerResponse) => void)[];
let requests: IncomingMessage[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-download-'));
  path = join(folder, 'new', 'book.txt');
  answers = [range];
  requests = [];
  server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a server on a port has no path
  url = `http://127.0.0.1:${port}/book`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const startOf = (request: IncomingMessage): number =>
  Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]);

/** A server that supports ranges. */
function range(request: IncomingMessage, response: ServerResponse): void {
  const start = startOf(request);
  if (start >= CONTENT.length) {
    response.writeHead(416).end();
    return;
  }
  const contentRange = `bytes ${start}-${CONTENT.length - 1}/${CONTENT.length}`;
  response.writeHead(206, { 'content-range': contentRange }).end(CONTENT.subarray(start));
}
/** A server without ranges. */
function whole(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200).end(CONTENT);
}
/** Breaks the connection after some bytes of what `range` would send. */
const broken =
  (bytes: number) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const start = startOf(request);
    response.writeHead(206, {
      'content-range': `bytes ${start}-${CONTENT.length - 1}/${CONTENT.length}`,
      'content-length': CONTENT.length - start,
    });
    response.write(CONTENT.subarray(start, start + bytes), () => response.destroy());
  };
const status =
  (code: number) =>
  (_: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(code).end();
const text =
  (body: string | Uint8Array) =>
  (_: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(200).end(body);

async function download(
  changes: { readonly url?: string; readonly sha256?: string; readonly sizeBytes?: number } = {},
  options: DownloadOptions = {},
): Promise<void> {
  const wanted = { name: 'moby-dick', url, sha256: SHA256, sizeBytes: CONTENT.length };
  await downloadFile({ ...wanted, ...changes }, path, { retryDelayMs: 1, ...options });
}
const downloadTo = (file: string): Promise<void> => {
  const wanted = { name: 'moby-dick', url, sha256: SHA256, sizeBytes: CONTENT.length };
  return downloadFile(wanted, file, { retryDelayMs: 1 });
};

async function expectWhole(): Promise<void> {
  expect(CONTENT.equals(await readFile(path))).toBe(true);
  expect(await readdir(join(folder, 'new'))).toEqual(['book.txt']);
}

/** Leaves a part as an interrupted download does. */
async function leavePart(bytes: Uint8Array): Promise<void> {
  answers = [status(403)];
  await expect(download()).rejects.toThrow('403');
  await writeFile(`${path}.incomplete`, bytes);
  requests = [];
}

describe('downloadFile', () => {
  it.each([
    ['knows ranges', range],
    ['knows no ranges', whole],
  ])('downloads from a server that %s', async (_, answer) => {
    answers = [answer];
    await download();
    await expectWhole();
    // Else a range would count compressed bytes.
    expect(requests.map(({ headers }) => headers['accept-encoding'])).toEqual(['identity']);
  });

  it('sends no request for a file that exists', async () => {
    await download();
    await download();
    expect(requests).toHaveLength(1);
  });

  it('reports its progress', async () => {
    const reports: Progress[] = [];
    await download({}, { onProgress: (progress) => reports.push(progress) });
    const done = reports.map(({ doneBytes }) => doneBytes);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(reports.at(-1)).toEqual({ doneBytes: CONTENT.length, totalBytes: CONTENT.length });
  });

  it('resumes an earlier, interrupted download', async () => {
    await leavePart(CONTENT.subarray(0, 100_000));
    answers = [range];
    await download();
    await expectWhole();
    expect(requests.map(startOf)).toEqual([100_000]);
  });

  (disk ? it : it.skip)(
    'keeps what fits on a full disk, and goes on when there is room',
    async () => {
      const { folder: small, unmount } = mountSmallDisk()!;
      try {
        const [filler, file] = ['filler', 'book.txt'].map((name) => join(small, name));
        await writeFile(filler, Buffer.alloc(900_000));
        await expect(downloadTo(file)).rejects.toThrow(
          `${file}.incomplete: expected free space on the disk, got a full one`,
        );
        expect(await readdir(small)).toEqual(['book.txt.incomplete', 'filler']);
        const { size } = await stat(`${file}.incomplete`);
        expect(CONTENT.subarray(0, size).equals(await readFile(`${file}.incomplete`))).toBe(true);
        await rm(filler);
        await downloadTo(file);
        expect(CONTENT.equals(await readFile(file))).toBe(true);
        expect(requests.map(startOf)).toEqual([0, size]);
        expect(size).toBeGreaterThan(50_000);
        expect(await readdir(small)).toEqual(['book.txt']);
      } finally {
        unmount();
      }
    },
  );

  it('starts again if the server does not support ranges', async () => {
    await leavePart(CONTENT.subarray(0, 100_000));
    answers = [whole];
    await download();
    await expectWhole();
  });

  it('starts again if the part is longer than the file', async () => {
    await leavePart(Buffer.concat([CONTENT, CONTENT]));
    answers = [range];
    await download();
    await expectWhole();
  });

  it('only verifies a part that is all there', async () => {
    await leavePart(CONTENT);
    await download();
    await expectWhole();
    expect(requests).toEqual([]);
  });

  it('starts again if the part belongs to another file', async () => {
    await leavePart(Buffer.alloc(100_000, 'x'));
    answers = [range];
    await download();
    await expectWhole();
    expect(requests.map(startOf)).toEqual([100_000, 0]);
  });

  it('follows redirects', async () => {
    answers = [(_, response) => response.writeHead(302, { location: '/elsewhere' }).end(), range];
    await download();
    await expectWhole();
    expect(requests.map((request) => request.url)).toEqual(['/book', '/elsewhere']);
  });

  it('resumes by itself when the connection breaks, as long as some bytes arrive', async () => {
    answers = [...Array.from({ length: 9 }, () => broken(10_000)), range];
    await download();
    await expectWhole();
    expect(requests.map(startOf)).toEqual(Array.from({ length: 10 }, (_, i) => 10_000 * i));
  });

  it('tries again when the server is busy', async () => {
    answers = [status(503), status(429), status(500), range];
    await download();
    await expectWhole();
  });

  it('is undisturbed by another download of the same file', async () => {
    answers = [range, broken(10_000), whole, range];
    await Promise.allSettled([download(), download(), download()]);
    await download();
    await expectWhole();
  });
});

describe('downloadFile, when it fails,', () => {
  it('removes a file with a wrong hash, so that the next call starts over', async () => {
    const other = Buffer.alloc(CONTENT.length, 'x');
    answers = [text(other), range];
    const got = createHash('sha256').update(other).digest('hex');
    await expect(download()).rejects.toThrow(
      new Error(`moby-dick: expected sha256 ${SHA256} from ${url}, got ${got}; removed it`),
    );
    expect(await readdir(join(folder, 'new'))).toEqual([]);
    await download();
    await expectWhole();
  });

  it('reports that the file is too short', async () => {
    answers = [text('Call me Ishmael.')];
    await expect(download()).rejects.toThrow(
      new Error(`moby-dick: expected ${CONTENT.length} bytes from ${url}, got 16`),
    );
    expect(requests.map(startOf)).toEqual([0, 16, 16, 16, 16]);
  });

  it('reports that the file is too long', async () => {
    await expect(download({ sizeBytes: 5 })).rejects.toThrow(
      new Error(`moby-dick: expected 5 bytes from ${url}, got more`),
    );
  });

  it('reports a permanent refusal of the server at once', async () => {
    answers = [status(404)];
    await expect(download()).rejects.toThrow(
      new Error(`moby-dick: expected ${url} to answer 200, got 404 Not Found`),
    );
    expect(requests).toHaveLength(1);
  });

  it('reports the last answer of a busy server', async () => {
    answers = [status(503)];
    await expect(download()).rejects.toThrow(
      new Error(`moby-dick: expected ${url} to answer 200, got 503 Service Unavailable`),
    );
    expect(requests).toHaveLength(5);
  });

  it('refuses a range that leaves a hole', async () => {
    answers = [
      (_, response) => response.writeHead(206, { 'content-range': 'bytes 7-9/10' }).end('abc'),
    ];
    await expect(download()).rejects.toThrow(
      new Error(`moby-dick: expected ${url} from byte 0, got bytes 7-9/10`),
    );
  });

  it('reports a missing network', async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(download()).rejects.toHaveProperty(
      'message',
      `moby-dick: expected an answer from ${url}, got ECONNREFUSED`,
    );
  });

  it('reports a broken connection and keeps the bytes that arrived', async () => {
    answers = [broken(10_000), broken(0)];
    const message = `moby-dick: expected all of ${url}, got 10000 bytes: `;
    await expect(download()).rejects.toHaveProperty('message', expect.stringContaining(message));
    expect((await stat(`${path}.incomplete`)).size).toBe(10_000);
  });

  it('stops on abort in the middle, and resumes the next time', async () => {
    const controller = new AbortController();
    const slow = (request: IncomingMessage, response: ServerResponse): void => {
      response.writeHead(206, { 'content-range': `bytes ${startOf(request)}-` });
      response.write(CONTENT.subarray(0, 50_000));
    };
    answers = [slow, range];
    const onProgress = ({ doneBytes }: Progress): void => {
      if (doneBytes === 50_000) controller.abort(new Error('Ctrl-C'));
    };
    await expect(download({}, { signal: controller.signal, onProgress })).rejects.toThrow(
      new Error('Ctrl-C'),
    );
    await download();
    await expectWhole();
    expect(requests.map(startOf)).toEqual([0, 50_000]);
  });

  it('stops on abort while it waits', async () => {
    const controller = new AbortController();
    answers = [
      (_, response) => {
        response.writeHead(503).end();
        controller.abort(new Error('Ctrl-C'));
      },
    ];
    const options = { signal: controller.signal, retryDelayMs: 60_000 };
    await expect(download({}, options)).rejects.toThrow(new Error('Ctrl-C'));
  });
});

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

describe('checksumLike', () => {
  // `printf 'hello\n' | sha256sum` and `printf 'hello\n' | git hash-object --stdin`
  const sha256 = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03';
  const gitSha1 = 'ce013625030ba8dba906f756967f9e9ca394464a';

  it('computes the hashes of sha256sum and of git', async () => {
    expect(await checksumLike({ sha256: '' }, pieces('hel', 'lo\n'), 6)).toEqual({ sha256 });
    expect(await checksumLike({ gitSha1: '' }, pieces('hel', 'lo\n'), 6)).toEqual({ gitSha1 });
  });

  it('equals only a checksum of the same kind', () => {
    expect(equalChecksums({ sha256 }, { sha256 })).toBe(true);
    expect(equalChecksums({ sha256 }, { sha256: gitSha1 })).toBe(false);
    expect(equalChecksums({ sha256 }, { gitSha1: sha256 })).toBe(false);
  });

  it('is shown with its kind', () => {
    expect(shownChecksum({ sha256 })).toBe(`sha256 ${sha256}`);
    expect(shownChecksum({ gitSha1 })).toBe(`git's sha1 ${gitSha1}`);
  });
});
