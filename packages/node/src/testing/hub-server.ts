import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A repository on the test server that imitates the Hugging Face Hub. */
export interface HubModelFiles {
  /**
   * Content of the files by path. Files that end in `.safetensors`, `.gguf`, `.bin` or `.parquet` are in large
   * storage.
   */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly licence?: string;
  /**
   * Present if downloads of the files, but not their list, need `HUB_TOKEN`. Its owner has accepted the terms
   * (`accepted`) or not, so that the server refuses the token too (`closed`).
   */
  readonly gate?: 'accepted' | 'closed';
  /** Whether every request needs `HUB_TOKEN`. */
  readonly isPrivate?: boolean;
  /** The branch `refs/convert/parquet` of a data set. */
  readonly converted?: HubModelFiles;
}

/** A test server that answers as the Hugging Face Hub does. */
export interface HubServer {
  readonly url: string;
  /** The requests so far: method, path and range. */
  readonly requests: string[];
  /** Number of bytes of a large file after which each answer breaks off; none by default. */
  breakAfterBytes?: number;
  /** Changes the content of a large file before it is sent; its checksum stays unchanged. */
  tamper?: (content: Uint8Array) => Uint8Array;
  close(): Promise<void>;
}

/** The only token that the server accepts. */
export const HUB_TOKEN = 'hf_secret';

const CONVERTED = 'refs/convert/parquet';

/** Id of a model's commit on the server. */
export function hubCommit(model: HubModelFiles): string {
  const hashes = Object.entries(model.files).map(([path, content]) => path + gitSha1(content));
  return createHash('sha1').update(hashes.join('\n')).digest('hex');
}

/** Returns the SHA-256 of a content in hexadecimal, by which the Hub names a large file. */
export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Returns Git's blob hash of a content. */
export function gitSha1(content: string | Uint8Array): string {
  const { length } = Buffer.from(content);
  return createHash('sha1').update(`blob ${length}\0`).update(content).digest('hex');
}

/**
 * Starts a server on the loopback interface with the paths, headers and error codes of the Hugging Face Hub.
 *
 * @param models - Models by the name of their repository, `owner/model`, and data sets, `datasets/owner/name`.
 * @see https://huggingface.co/docs/hub/api
 */
export async function startHub(
  models: Readonly<Record<string, HubModelFiles>>,
): Promise<HubServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const range = request.headers.range === undefined ? '' : ` ${request.headers.range}`;
    requests.push(`${request.method} ${request.url}${range}`);
    answer(hub, models, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a server on a port has no path
  const hub: HubServer = {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return hub;
}

const isLarge = (path: string): boolean => /\.(?:safetensors|gguf|bin|parquet)$/.test(path);

function answer(
  hub: HubServer,
  models: Readonly<Record<string, HubModelFiles>>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { pathname } = new URL(request.url ?? '', hub.url);
  const api = /^\/api\/(?:models\/)?((?:datasets\/)?[^/]+\/[^/]+)\/revision\/([^/]+)$/.exec(
    pathname,
  );
  const file = /^\/((?:datasets\/)?[^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(pathname);
  const blob = /^\/blobs\/([0-9a-f]{64})$/.exec(pathname);
  const { authorization } = request.headers;
  const hasToken = authorization === `Bearer ${HUB_TOKEN}`;
  const refuse = (status: number, code: string): void =>
    void response.writeHead(status, { 'x-error-code': code, 'x-error-message': code }).end(code);
  if (blob) {
    if (authorization !== undefined) {
      response.writeHead(400).end(); // as storage with links that are signed does
      return;
    }
    const all = Object.values(models)
      .flatMap((model) => [model, ...(model.converted ? [model.converted] : [])])
      .flatMap(({ files }) => Object.values(files));
    const [content = ''] = all.filter((each) => sha256Of(each) === blob[1]);
    send(request, response, Buffer.from(hub.tamper?.(Buffer.from(content)) ?? content), hub);
    return;
  }
  if (authorization !== undefined && !hasToken) {
    response.writeHead(401, { 'x-error-message': 'Invalid credentials' }).end();
    return;
  }
  const [repository, revision] = (api ?? file ?? ['', '', '']).slice(1);
  const named = new Map(Object.entries(models)).get(repository);
  const branch = decodeURIComponent(revision);
  const isConverted = [CONVERTED, named?.converted && hubCommit(named.converted)].includes(branch);
  const model = isConverted && named?.converted ? named.converted : named;
  if (!model || (model.isPrivate && !hasToken)) {
    refuse(hasToken ? 404 : 401, 'RepoNotFound');
    return;
  }
  const commit = hubCommit(model);
  const isKnown = [commit, 'main', ...(model === named ? [] : [CONVERTED])].includes(branch);
  if (!isKnown) {
    refuse(404, 'RevisionNotFound');
  } else if (api) {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(describe(repository, model)));
  } else if (model.gate !== undefined && !(hasToken && model.gate === 'accepted')) {
    refuse(hasToken ? 403 : 401, 'GatedRepo');
  } else {
    const path = decodeURIComponent(file?.[3] ?? '');
    if (!(path in model.files)) refuse(404, 'EntryNotFound');
    else sendFile(request, response, path, model.files[path], commit, hub);
  }
}

function describe(repository: string, model: HubModelFiles): object {
  return {
    id: repository,
    sha: hubCommit(model),
    gated: model.gate === undefined ? false : 'manual',
    private: model.isPrivate ?? false,
    ...(model.licence !== undefined && { cardData: { license: model.licence } }),
    siblings: Object.entries(model.files).map(([path, content]) => {
      const size = Buffer.from(content).length;
      if (!isLarge(path)) return { rfilename: path, size, blobId: gitSha1(content) };
      const sha256 = sha256Of(content);
      const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${size}\n`;
      const lfs = { sha256, size, pointerSize: pointer.length };
      return { rfilename: path, size, blobId: gitSha1(pointer), lfs };
    }),
  };
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  content: string | Uint8Array,
  commit: string,
  hub: HubServer,
): void {
  response.setHeader('x-repo-commit', commit);
  if (!isLarge(path)) {
    response.setHeader('etag', `"${gitSha1(content)}"`);
    send(request, response, Buffer.from(content));
    return;
  }
  const sha256 = sha256Of(content);
  response
    .writeHead(302, {
      location: `${hub.url.replace('127.0.0.1', 'localhost')}/blobs/${sha256}`, // another host
      'x-linked-etag': `"${sha256}"`,
      'x-linked-size': Buffer.from(content).length,
    })
    .end();
}

/** Sends the requested range of a content, or all of it. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  { breakAfterBytes = Infinity }: Pick<HubServer, 'breakAfterBytes'> = {},
): void {
  const firstByte = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const start = Number(firstByte ?? 0);
  if (start > 0 && start >= content.length) {
    response.writeHead(416).end();
    return;
  }
  const body = content.subarray(start);
  response.writeHead(firstByte === undefined ? 200 : 206, {
    'content-length': body.length,
    ...(firstByte !== undefined && {
      'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
    }),
  });
  if (request.method === 'HEAD') response.end();
  else if (body.length <= breakAfterBytes) response.end(body);
  else response.write(body.subarray(0, breakAfterBytes), () => response.destroy());
}
