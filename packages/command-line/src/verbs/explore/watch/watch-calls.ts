import type { SettingTable } from '@ramble/core';
import type { LogQuestion, WatchCalls } from '@ramble/explorer';
import { findRuns, folderStorage, followLog } from '@ramble/runs/node';
import { openRun } from '@ramble/runs';

import { checkQuestion, RUN_FIELDS, runDetails, runPath, viewRun } from './view-run.js';
import { resumeLine, type RunResumer, type StopRun, wasTrainedTogether } from './resume-run.js';

/** Folder of runs to watch, and functions to open, stop and resume them. */
export interface Watch {
  /** The folder of runs. */
  readonly folder: string;
  /** Name or path of a domain's app on the command line; `undefined` if the domain is unknown. */
  readonly wordOf: (domain: string) => string | undefined;
  /** Loads the best checkpoint of a run as a model of the page, and returns its id. */
  readonly openModel: (path: string) => Promise<string>;
  readonly stop: StopRun;
  readonly resumer: RunResumer;
  /** The words that start this program, for commands that are shown; `ramble` unless given. */
  readonly program?: string;
}

type Calls = {
  readonly [Name in keyof WatchCalls]: (
    question: unknown,
  ) => Promise<NonNullable<WatchCalls[Name]['answer']>>;
};

const LOG_FIELDS: SettingTable<LogQuestion> = {
  ...RUN_FIELDS,
  from: { kind: 'integer', min: 0, description: 'Position in the log to read from.' },
  max: { kind: 'integer', min: 1, max: 1_000_000, description: 'Maximum number of entries.' },
};

/** Makes the handlers of requests about runs. They check the requests; errors read `name: expected X, got Y`. */
export function watchCalls({ folder, wordOf, openModel, stop, resumer, program }: Watch): Calls {
  const pathOf = async (question: unknown): Promise<string> =>
    runPath(folder, checkQuestion(RUN_FIELDS, question).run);
  return {
    runs: async (question) => {
      checkQuestion({}, question);
      const names = await findRuns(folder);
      return Promise.all(
        names.map(async (name) => {
          const view = await viewRun(folder, name);
          const problem = view.problem ?? resumer.problemOf(await runPath(folder, name));
          return { ...view, ...(problem !== undefined && { problem }) };
        }),
      );
    },
    log: async (question) => {
      const { run, ...part } = checkQuestion(LOG_FIELDS, question);
      return followLog(await runPath(folder, run), part);
    },
    details: async (question) => {
      const path = await pathOf(question);
      const { description } = await openRun(folderStorage(path));
      return runDetails(path, wordOf(description.domain.name), program);
    },
    open: async (question) => ({ model: await openModel(await pathOf(question)) }),
    stop: async (question) => {
      await stop(await pathOf(question));
      return {};
    },
    resume: async (question) => {
      const path = await pathOf(question);
      const { domain, origin } = (await openRun(folderStorage(path))).description;
      const word = wordOf(domain.name);
      if (word === undefined) {
        throw new Error(
          `run: expected a domain that comes with ramble or that --domain names, got ${domain.name}`,
        );
      }
      if (origin?.kind === 'import') {
        throw new Error(`run: expected one that was trained, got ${path}, which was imported`);
      }
      if (await wasTrainedTogether(path)) {
        throw new Error(
          `run: expected one that one process trains, got one of several ranks; type, with the --ranks that it had: ${await resumeLine({ path, word, program })}`,
        );
      }
      await resumer.resume({ path, word, program });
      return {};
    },
  };
}
