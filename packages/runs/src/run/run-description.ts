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

/** The content of run.json: everything that determines a run's results. */
export interface RunDescription {
  readonly domain: DomainDescription;
  readonly model: ModelConfig;
  /** Settings of the training, including the seed. */
  readonly training: TrainingConfig;
  /** Sources of the data by the command's option that named them: `data`, `valid`, `source`, `target`. */
  readonly data: Readonly<Record<string, DataDescription>>;
  /**
   * Rule by which validation data was split off: `components` keeps examples that share texts on one side. Absent if
   * validation data was given, or if the end of the data is used.
   */
  readonly split?: 'components';
  /** Name of the engine that trains; `none` for a run that was imported. */
  readonly engine: string;
  /** Instruction set that the engine used last; absent if it has no choice, and in runs of earlier versions. */
  readonly instructionSet?: string;
  /** The source of the initial parameters; absent if they were random. */
  readonly origin?: OriginDescription;
}

/** The domain of a run, as run.json stores it. */
export interface DomainDescription {
  readonly name: string;
  /** The options of the domain, for information only. */
  readonly options: JsonObject;
  /** Fingerprint of the files in the folder `domain`. */
  readonly fingerprint: string;
}

/** Source of a run's initial parameters: imported weights, or the run that was fine-tuned. */
export interface OriginDescription {
  readonly kind: 'import' | 'run';
  /** Path of the imported file or folder, or of the run from which this run started. */
  readonly path: string;
  /** Step of the checkpoint from which this run started; absent for an import. */
  readonly step?: number;
  /** Address where the imported model is published, for people. */
  readonly source?: string;
  /** The licence of the imported model. */
  readonly licence?: string;
  /**
   * SHA-256 of the imported weights, if they were downloaded as one file, or of the base model's weights if the run
   * trains adapters.
   */
  readonly sha256?: string;
}

/** A source of training data, as a run records it. */
export interface DataDescription {
  readonly path: string;
  /** SHA-256 of the uncompressed data. */
  readonly sha256: string;
  /** The columns or fields that `--fields` named, with commas between them. */
  readonly fields?: string;
  /** Tokens of conversations that the loss counts, as `--loss-on` named them. */
  readonly lossOn?: 'answers' | 'all';
}

const FORMAT_VERSION = 1;

const text = (description: string) => ({ kind: 'string', description }) as const;
const DOMAIN_SETTINGS: SettingTable<Omit<DomainDescription, 'options'>> = {
  name: text('Name of the domain.'),
  fingerprint: text('Hash of the files of the domain.'),
};
const DATA_SETTINGS: SettingTable<Required<DataDescription>> = {
  path: text('Path of the data.'),
  sha256: text('SHA-256 of the data.'),
  fields: {
    ...text('Columns or fields that were selected.'),
    derived: 'absent if no fields were selected',
  },
  lossOn: {
    kind: 'choice',
    choices: ['answers', 'all'],
    derived: 'absent if no tokens were selected',
    description: 'Tokens of conversations that the loss counts.',
  },
};
const ORIGIN_SETTINGS: SettingTable<Required<OriginDescription>> = {
  kind: { kind: 'choice', choices: ['import', 'run'], description: 'Kind of the origin.' },
  path: text('Path of the origin.'),
  step: {
    ...{ kind: 'integer', min: 0, derived: 'absent for an import' },
    description: 'Step of the checkpoint.',
  },
  source: {
    ...text('Address of the published model.'),
    derived: 'absent for a folder or file of the user',
  },
  licence: { ...text('Licence of the model.'), derived: 'absent if unknown' },
  sha256: {
    ...text('SHA-256 of the weights.'),
    derived: 'absent if the weights are several files',
  },
};
const SPLIT_SETTINGS: SettingTable<Required<Pick<RunDescription, 'split'>>> = {
  split: {
    ...{ kind: 'choice', choices: ['components'] },
    description: 'Rule by which examples stay together.',
  },
};
const ENGINE_SETTINGS: SettingTable<Required<Pick<RunDescription, 'engine' | 'instructionSet'>>> = {
  engine: text('Name of the engine that trains.'),
  instructionSet: {
    ...text('Instruction set of the engine.'),
    derived: 'absent if the engine has no choice',
  },
};

/** Returns the content of run.json, with a checksum that reveals a later change of any value. */
export function describeRun(description: RunDescription): JsonObject {
  const checksum = checksumOf({ formatVersion: FORMAT_VERSION, ...description });
  return { formatVersion: FORMAT_VERSION, checksum, ...description };
}

/**
 * Returns the hash of all fields except the checksum. It is computed from the values, so that indentation and
 * line ends may change.
 */
function checksumOf(content: JsonObject): string {
  return fingerprint({ 'run.json': JSON.stringify(content) });
}

/**
 * Checks that run.json still matches its checksum. Runs of earlier versions have no checksum and pass.
 *
 * @throws RangeError if the content was changed.
 */
function checkContent(content: JsonObject, checksum: unknown): void {
  const got = checksumOf(content);
  if (checksum === undefined || checksum === got) return;
  throw new RangeError(
    `expected the checksum ${shownValue(checksum)}, as it was saved, got "${got}". The file was damaged or edited. ` +
      'Put it back from a copy; to accept an edit, remove the line "checksum"',
  );
}

/**
 * Reads the content of run.json. Missing settings are errors, because their value is unknown. Only settings
 * that are newer than the run get their defaults, which keep the earlier behaviour.
 *
 * @throws TypeError or RangeError that names the field; RangeError if the checksum does not match.
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
    ...checkSettings(ENGINE_SETTINGS, others),
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

/** Returns the fields of an older run under their current names. */
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
