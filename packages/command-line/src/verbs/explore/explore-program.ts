import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock } from '@ramble/core';
import { isObject } from '@ramble/core/files';
import { type ExploredModels, explorerCalls } from '@ramble/explorer';
import { exists, fileError, isFolder } from '@ramble/node';
import type { PageCalls, StreamedCall, WholeCall } from '@ramble/server';

import { formatBytes } from '../../format/format-number.js';
import { type Call, type PlainProgram, shellQuoted } from '../../verb/verb.js';
import { findModule } from '../../module/find-app.js';
import { UsageError } from '../../verb/exit-errors.js';
import {
  EXPLORE_FLAGS,
  type ExploreFlags,
  idsOfRuns,
  knownApps,
  type OpenedModel,
  openGiven,
  runOpener,
} from './open-explored.js';
import { bundleApp, exportPage } from './export-page.js';
import { type ModelShelf, modelShelf } from './model-shelf.js';
import type { PageIntroduction } from './page-html.js';
import { runResumer, runStopper } from './watch/resume-run.js';
import { watchCalls } from './watch/watch-calls.js';

/** Folder of runs that is watched unless --runs is given. */
const RUNS = 'runs';
/** Maximum number of models that the page keeps open, in addition to the models of `--model`. */
const OPENED_MODELS = 4;

/** `ramble explore`: shows models and watches trainings on a page, until Ctrl-C. */
export const exploreProgram: PlainProgram<ExploreFlags> = {
  flags: EXPLORE_FLAGS,
  run: explore,
};

async function explore(call: Call<ExploreFlags>): Promise<void> {
  const { flags, output, io } = call;
  const runs = flags.runs ?? ((await exists(RUNS)) ? RUNS : undefined);
  const paths = flags.model ?? [];
  checkTexts(flags);
  await checkSubject(paths, runs);
  const folder = await pageFolder(call);
  if (flags.export !== undefined) {
    await writePage(flags.export, folder, call);
    return;
  }
  const apiKey = flags.apiKey ?? process.env.RAMBLE_API_KEY;
  const { checkApiKey, isLoopback, startServer } = await import('@ramble/server');
  checkApiKey(apiKey); // before a model is read
  const opener = { call, apps: await knownApps(call.apps, flags.domain ?? [], io) };
  const given = await openGiven(paths, opener);
  const shelf = modelShelf(given, OPENED_MODELS);
  const { whole, streamed } = modelCalls(shelf, io.clock);
  const watched =
    runs === undefined
      ? { runs: () => Promise.resolve(null) }
      : watchCalls({
          folder: runs,
          wordOf: (domain) => opener.apps.wordOf(domain),
          openModel: runOpener(shelf, opener),
          stop: runStopper(),
          resumer: runResumer(io.startCommand, { program: io.program }),
          trained: isLoopback(flags.host) && io.startCommand ? opener.apps.domains : [],
          appOf: (domain) => opener.apps.appOf(domain),
          program: io.program,
        });
  const server = await startServer(given, {
    ...{ host: flags.host, port: flags.port, apiKey },
    page: { folder, calls: { whole: { ...whole, ...watched }, streamed } },
    log: (line) => void output.note(line),
  });
  const stopped = new Promise<void>((resolve) => io.onInterrupt(resolve));
  const { url, pageUrl = url } = server;
  if (output.isJson) {
    const models = given.map(({ id }) => id);
    await output.printJson({ url: pageUrl, api: `${url}/v1`, models, runs });
  } else {
    await output.print(pageUrl);
    if (flags.open && io.stdout.isTerminal) await io.openPage?.(pageUrl);
  }
  await output.note('the page is open to whoever has this address; Ctrl-C stops it');
  await stopped;
  await server.close();
}

/** Writes the page with its models into a folder, and prints how to open it. */
async function writePage(
  folder: string,
  page: string,
  { flags, apps, output, io }: Call<ExploreFlags>,
): Promise<void> {
  const runs = idsOfRuns(flags.model ?? []);
  const known = await knownApps(apps, flags.domain ?? [], io);
  const bundleOf = async (domain: string): Promise<Uint8Array | undefined> => {
    const word = known.ownWordOf(domain);
    const path = word === undefined ? undefined : findModule(word);
    if (word === undefined || path === undefined) return undefined;
    return bundleApp(word, path);
  };
  const introduction = await readIntroduction(flags);
  const bytes = await exportPage({ folder, page, runs, bundleOf, introduction });
  if (output.isJson) await output.printJson({ folder, models: Object.keys(runs), bytes });
  else await output.print(folder);
  await output.note(
    `${formatBytes(bytes)} of weights; any web server shows the folder, such as npx http-server ${shellQuoted(folder)}`,
  );
}

/** Reads the title, the introduction and the example prompts of an exported page. */
async function readIntroduction(flags: ExploreFlags): Promise<PageIntroduction> {
  const { title, introduction, prompts } = flags;
  const read = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined
      ? undefined
      : readFile(path, 'utf8').catch((error: unknown) => {
          throw fileError(path, error);
        });
  return { title, text: await read(introduction), prompts: await read(prompts) };
}

/** @throws UsageError for --title, --introduction or --prompts without --export. */
function checkTexts({ export: folder, title, introduction, prompts }: ExploreFlags): void {
  const given = Object.entries({ title, introduction, prompts }).find(([, it]) => it !== undefined);
  if (folder !== undefined || !given) return;
  throw new UsageError(
    `--${given[0]}: only an exported page has these texts; add --export with a folder`,
  );
}

/** @throws UsageError if `runs` is not a folder of runs, or neither a model nor a folder is given. */
async function checkSubject(paths: readonly string[], runs: string | undefined): Promise<void> {
  if (runs === undefined) {
    if (paths.length > 0) return;
    throw new UsageError(
      '--model: expected a run to explore, or --runs with a folder of them, got neither, and there is no ' +
        'folder runs here; train one first: ramble text train --data moby-dick --out runs/whale --max-minutes 3',
    );
  }
  const noRuns = (got: string): UsageError =>
    new UsageError(`--runs: expected a folder of runs, got ${got}`);
  if (!(await exists(runs))) throw noRuns(`nothing at ${runs}`);
  if (!(await isFolder(runs))) throw noRuns(`a file ${runs}`);
  const isRun = await exists(join(runs, 'run.json'));
  if (isRun) throw noRuns(`a run; try --model ${shellQuoted(runs)}`);
}

/**
 * Returns the folder of the built page.
 *
 * @throws Error if the page was not built.
 */
async function pageFolder({ page }: Pick<Call<ExploreFlags>, 'page'>): Promise<string> {
  if (page !== undefined && (await exists(join(page, 'index.html')))) return page;
  throw new Error(
    `page: expected its files in ${page ?? 'the command'}, got none; npm run setup builds them`,
  );
}

/** Makes the handlers of the page's requests about models. A model stays open until its requests are answered. */
function modelCalls(shelf: ModelShelf<OpenedModel>, clock: Clock): PageCalls {
  const models: ExploredModels = {
    list: () => shelf.entries,
    find: (id) => shelf.entries.find((entry) => entry.id === id),
  };
  const calls = explorerCalls(models, {
    clock,
    renderChat: (explored, messages) => {
      const { render } = explored as OpenedModel; // a model of the shelf
      return Promise.resolve().then(() => render?.(messages) ?? '');
    },
  });
  return countedCalls(calls, shelf);
}

/** Wraps request handlers, so that the model that a request names counts as used until the response is complete. */
export function countedCalls(
  { whole, streamed }: PageCalls,
  shelf: Pick<ModelShelf<never>, 'use'>,
): PageCalls {
  const use = (question: unknown): (() => void) =>
    shelf.use(isObject(question) ? question.model : undefined);
  const countWhole =
    (call: WholeCall): WholeCall =>
    async (question, signal) => {
      const letGo = use(question);
      try {
        return await call(question, signal);
      } finally {
        letGo();
      }
    };
  const countStreamed = (call: StreamedCall): StreamedCall =>
    async function* (question, signal) {
      const letGo = use(question);
      try {
        yield* call(question, signal);
      } finally {
        letGo();
      }
    };
  return { whole: mapped(whole, countWhole), streamed: mapped(streamed, countStreamed) };
}

function mapped<Call>(
  calls: Readonly<Record<string, Call>>,
  change: (call: Call) => Call,
): Record<string, Call> {
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, change(call)]));
}
