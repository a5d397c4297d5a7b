import {
  checkSettings,
  fingerprint,
  MODEL_SETTINGS,
  modelConfig,
  type ModelConfig,
  type SettingTable,
  TRAINING_SETTINGS,
  trainingConfig,
  type TrainingConfig,
} from '@ramble/core';
import type { Setting } from '@ramble/core/app';
import { isObject, type JsonObject, named, shownText, shownValue } from '@ramble/core/files';

/** The content of run.json: everything that a run's numbers depend on. */
export interface RunDescription {
  readonly domain: DomainDescription;
  readonly model: ModelConfig;
  /** The seed is part of it. */
  readonly training: TrainingConfig;
  /** Data by the option that named it: `data`, `valid`, `source`, `target`. */
  readonly data: Readonly<Record<string, DataDescription>>;
  /**
   * Rule by which validation data was held out: together with all examples that share texts with it. Absent if
   * validation data was given, or if the end of the data validates.
   */
  readonly split?: 'components';
  /** Name of the engine that trains; `none` for a run that was imported. */
  readonly engine: string;
  /** The source of the initial parameters; absent if they were random. */
  readonly origin?: OriginDescription;
}

/** The domain of a run, as the run records it. */
export interface DomainDescription {
  readonly name: string;
  /** The options of the domain, for people to read. */
  readonly options: JsonObject;
  /** Fingerprint of the files in the folder `domain`. */
  readonly fingerprint: string;
}

/** The imported weights, or the run that this one was fine-tuned from. */
export interface OriginDescription {
  readonly kind: 'import' | 'run';
  /** Path of the initial parameters. */
  readonly path: string;
  /** The checkpoint of that run. */
  readonly step?: number;
  /** The place where the imported model is published, for people. */
  readonly source?: string;
  /** The licence of the imported model. */
  readonly licence?: string;
  /** SHA-256 of the imported weights, if they were one file. */
  readonly sha256?: string;
}

/** A source of training data, as a run records it. */
export interface DataDescription {
  readonly path: string;
  /** The sha256 of what was read, uncompressed. */
  readonly sha256: string;
  /** The columns or fields that `--fields` named, with commas between them. */
  readonly fields?: string;
}

const FORMAT_VERSION = 1;

const DOMAIN_SETTINGS: SettingTable<Omit<DomainDescription, 'options'>> = {
  name: { kind: 'string', description: 'The kind of token.' },
  fingerprint: { kind: 'string', description: 'Hash of what the domain saved.' },
};
const DATA_SETTINGS: SettingTable<Required<DataDescription>> = {
  path: { kind: 'string', description: 'Where the data was.' },
  sha256: { kind: 'string', description: 'What was in it.' },
  fields: {
    kind: 'string',
    derived: 'absent where none were asked for',
    description: 'Columns or fields that were asked for.',
  },
};
const ORIGIN_SETTINGS: SettingTable<Required<OriginDescription>> = {
  kind: { kind: 'choice', choices: ['import', 'run'], description: 'What it was.' },
  path: { kind: 'string', description: 'Where it was.' },
  step: { kind: 'integer', min: 0, derived: 'absent for an import', description: 'Which step.' },
  source: {
    kind: 'string',
    derived: 'absent for a folder or file of the user',
    description: 'Where it is published.',
  },
  licence: { kind: 'string', derived: 'absent where none is known', description: 'Its licence.' },
  sha256: {
    kind: 'string',
    derived: 'absent where it is not one file',
    description: 'What its weights were.',
  },
};
const SPLIT_SETTINGS: SettingTable<Required<Pick<RunDescription, 'split'>>> = {
  split: { kind: 'choice', choices: ['components'], description: 'What stays together.' },
};
const OTHER_SETTINGS: SettingTable<Pick<RunDescription, 'engine'>> = {
  engine: { kind: 'string', description: 'The engine that trains.' },
};

/** Returns the content of run.json, with a checksum that reveals a later change of any value. */
export function describeRun(description: RunDescription): JsonObject {
  const checksum = checksumOf({ formatVersion: FORMAT_VERSION, ...description });
  return { formatVersion: FORMAT_VERSION, checksum, ...description };
}

/**
 * Returns the hash of all fields but the checksum. It is computed from the values, so that indentation and
 * line ends may change.
 */
function checksumOf(content: JsonObject): string {
  return fingerprint({ 'run.json': JSON.stringify(content) });
}

/** @throws RangeError when the content is not the one that was saved; runs of earlier versions have no checksum. */
function checkContent(content: JsonObject, checksum: unknown): void {
  const got = checksumOf(content);
  if (checksum === undefined || checksum === got) return;
  throw new RangeError(
    `expected the checksum ${shownValue(checksum)}, as it was saved, got "${got}". The file was damaged or edited. ` +
      'Put it back from a copy; to accept an edit, remove the line "checksum"',
  );
}

/**
 * Reads the content of run.json. Nothing is filled in: a setting that is missing could have been
 * any, but for those that came after the run was written, whose default is what was done before.
 *
 * @throws TypeError or RangeError that names the field; RangeError when the checksum is another.
 */
export function parseRunDescription(json: JsonObject): RunDescription {
  const { checksum, ...content } = json;
  const { formatVersion, domain, model, training, data, split, origin, ...others } = content;
  if (formatVersion !== FORMAT_VERSION) {
    const got = typeof formatVersion === 'number' ? `${formatVersion}` : 'none';
    throw new RangeError(
      `formatVersion: expected ${FORMAT_VERSION}, got ${got}. Another version of ramble wrote it`,
    );
  }
  checkContent(content, checksum);
  return {
    domain: parsePart('domain', domain, ({ options, ...rest }) => ({
      ...checkSettings(DOMAIN_SETTINGS, rest),
      options: parsePart('options', options, (fields) => fields),
    })),
    model: parsePart('model', model, (fields) =>
      modelConfig(checkSettings(asWritten(MODEL_SETTINGS), renamed(MODEL_SETTINGS, fields))),
    ),
    training: parsePart('training', training, (fields) =>
      trainingConfig(checkSettings(asWritten(TRAINING_SETTINGS), fields)),
    ),
    data: parsePart('data', data, (fields) =>
      Object.fromEntries(
        Object.entries(fields).map(([option, value]) => [
          option,
          parsePart(shownText(option), value, (source) => checkSettings(DATA_SETTINGS, source)),
        ]),
      ),
    ),
    ...(split !== undefined && checkSettings(SPLIT_SETTINGS, { split })),
    ...checkSettings(OTHER_SETTINGS, others),
    ...(origin !== undefined && {
      origin: parsePart('origin', origin, (fields) => checkSettings(ORIGIN_SETTINGS, fields)),
    }),
  };
}

function parsePart<T>(name: string, value: unknown, parse: (fields: JsonObject) => T): T {
  return named(name, () => {
    if (!isObject(value)) {
      throw new TypeError(`expected an object, got ${shownValue(value ?? null)}`);
    }
    return parse(value);
  });
}

/** The fields of an older run under the names of today. */
function renamed<Config>(table: SettingTable<Config>, fields: JsonObject): JsonObject {
  const today = new Map(
    Object.entries<Setting>(table).map(([name, { formerly }]) => [formerly ?? name, name]),
  );
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [today.get(name) ?? name, value]),
  );
}

function asWritten<Config>(table: SettingTable<Config>): SettingTable<Config> {
  const required = Object.entries<Setting>(table).map(([name, setting]) => [
    name,
    setting.isLater
      ? { ...setting, default: setting.before ?? setting.default }
      : { ...setting, default: undefined, derived: undefined },
  ]);
  return Object.fromEntries(required) as SettingTable<Config>; // the same fields and kinds
}
