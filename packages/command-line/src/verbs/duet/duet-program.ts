import { setTimeout as wait } from 'node:timers/promises';

import { SAMPLING_SETTINGS } from '@ramble/core';
import { explorerCalls } from '@ramble/explorer';

import { MODEL_FLAGS, openModel } from '../../model/open-model.js';
import { duetFeature, type Partner } from '../../verb/app-features.js';
import { UsageError } from '../../verb/exit-errors.js';
import { type Flags, type FlagValues, POSITIVE } from '../../verb/flag.js';
import type { MidiPort } from '../../verb/io.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';

const FLAGS = {
  ...MODEL_FLAGS,
  port: {
    kind: 'string',
    basic: true,
    default: 'ramble',
    description: 'Name of the virtual MIDI input and output.',
  },
  restSeconds: {
    ...POSITIVE,
    basic: true,
    default: 1,
    description: 'Length in seconds of the rest that ends a phrase.',
  },
  answerSeconds: {
    ...POSITIVE,
    basic: true,
    derived: 'the length of the phrase, from 2 to 20',
    description: 'Length of an answer in seconds.',
  },
  temperature: SAMPLING_SETTINGS.temperature,
} as const satisfies Flags;

export type DuetFlags = FlagValues<typeof FLAGS>;

/** Id of the model in the requests that the duet makes. */
const MODEL = 'model';
/** Milliseconds between two calls of `Partner.tick`. */
const TICK_MS = 10;

/** `duet`: plays with a person in turns, over a virtual MIDI port, until Ctrl-C. */
export const duetProgram = { flags: FLAGS, run } satisfies DomainProgram<DuetFlags>;

async function run(call: DomainCall<DuetFlags>): Promise<void> {
  const { app, flags, output, io } = call;
  const startDuet = duetFeature.of(app);
  if (!startDuet) throw new UsageError(`${app.name}: expected an app with duets, got one without`);
  if (!io.openMidiPort) throw new Error('duet: this program cannot open MIDI ports');
  const { domain, model, engine } = await openModel({ ...call, onlyDecodes: false });
  const explored = { id: MODEL, app, domain, model, engine };
  const find = (id: string) => (id === MODEL ? explored : undefined);
  const { whole, streamed } = explorerCalls({ list: () => [explored], find }, { clock: io.clock });
  const interrupt = new AbortController();
  io.onInterrupt(() => interrupt.abort());
  const now = (): number => io.clock.now();
  const port = await io.openMidiPort(flags.port, (message) => partner.receive(message, now()));
  let sent = Promise.resolve(); // messages stay in order
  const partner: Partner = startDuet(
    { encode: whole.encode, next: whole.next, write: streamed.write },
    {
      model: MODEL,
      contextLength: model.config.contextLength,
      restSeconds: flags.restSeconds,
      answerSeconds: flags.answerSeconds,
      sampling: { temperature: flags.temperature, seed: io.newSeed() },
      now,
      send: (message, at) => {
        sent = sent.then(() => sendAt(port, message, at - now()));
      },
      onError: (error) => void output.warn(String(error)),
    },
  );
  await output.note(`playing at the MIDI port ${flags.port}; Ctrl-C ends the duet`);
  while (!interrupt.signal.aborted) {
    partner.tick();
    await wait(TICK_MS);
  }
  partner.stop();
  await sent;
  port.close();
  const { facts } = partner;
  if (output.isJson) await output.printJson(facts);
  else await output.print(`${facts.noteCount} notes, ${facts.lateCount} of them late`);
}

async function sendAt(
  port: MidiPort,
  message: readonly number[],
  milliseconds: number,
): Promise<void> {
  if (milliseconds > 0) await wait(milliseconds);
  port.send(message);
}
