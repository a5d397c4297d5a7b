import { type Io, runCli, type Sink, VERBS } from '@ramble/command-line';
import { choralesApp, musicApp } from '@ramble/music-app';
import { cpuEngine } from '@ramble/portable';
import summarizationApp from '@ramble/summarization-app';
import textApp from '@ramble/text-app';
import translationApp from '@ramble/translation-app';

const APPS = [textApp, translationApp, summarizationApp, musicApp, choralesApp].map((app) => ({
  name: app.name,
  description: app.description,
  load: () => Promise.resolve(app),
}));

/** Runs a command line in this process, on the engine `cpu`, without standard input. */
export async function runHere(
  words: readonly string[],
): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const sink = (write: (text: string) => void): Sink => ({
    isTerminal: false,
    hasColour: false,
    write: (chunk) => {
      write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1'));
      return Promise.resolve();
    },
  });
  const io: Io = {
    stdin: {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('no input')) }),
    },
    stdout: sink((text) => (stdout += text)),
    stderr: sink((text) => (stderr += text)),
    draw: () => undefined,
    clock: performance,
    importModule: (path) => Promise.reject(new Error(`${path}: expected no module`)),
    onInterrupt: () => () => undefined,
    newSeed: () => 0,
  };
  const status = await runCli(
    { version: '0', engines: [cpuEngine], apps: APPS, verbs: VERBS },
    words,
    io,
  );
  return { status, stdout, stderr };
}
