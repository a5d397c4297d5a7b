import { checkSettings, type ModelConfig, type SettingTable } from '@ramble/core';
import type { JsonObject } from '@ramble/core/files';
import type { ParameterTally, TallyRow } from '@ramble/core/model';
import type { PromptStudy } from '@ramble/core/study';
import type { OriginDescription, RunDescription } from '@ramble/runs';

import { formatBytes, formatCount } from '../../format/format-number.js';
import { formatTable } from '../../format/format-table.js';
import { flagName, settingWords } from '../../verb/flag.js';
import { shellQuoted } from '../../verb/verb.js';
import type { CheckpointSummaries, CheckpointSummary } from './describe-checkpoints.js';
import type { Circuits } from './prompt/circuits.js';

/** Report of `inspect` on a run in addition to its parameters. */
export interface RunSummary extends Omit<RunDescription, 'domain'>, CheckpointSummaries {
  readonly domain: RunDescription['domain'] & {
    readonly vocabSize: number;
    /** Sizes of the domain's files in bytes, by name. */
    readonly files: Readonly<Record<string, number>>;
  };
}

const WIDTH = 72;

/**
 * Formats a run as lines of text, with its settings as flags.
 *
 * @param table - The options of the run's domain.
 */
export function runLines(run: RunSummary, table: SettingTable<object>): string[] {
  const { domain, model, training, data, engine, origin, checkpoints, broken } = run;
  const { name, vocabSize, options, fingerprint, files } = domain;
  return formatTable([
    ['domain', `${name}, ${formatCount(vocabSize)} tokens, fingerprint ${fingerprint}`],
    ...optionRows(options, table),
    ['', sizesOf(files)],
    ...settingRows('model', model),
    ...(origin?.kind === 'import' ? [] : settingRows('training', training)),
    ...(origin ? originRows(origin) : []),
    ...Object.entries(data).map(([option, { path, sha256 }]) => {
      return [option, `${path}, sha256 ${sha256}`];
    }),
    ['engine', engine],
    ...checkpoints.flatMap((checkpoint, i) => [
      [i === 0 ? 'checkpoints' : '', checkpointText(checkpoint)],
      ...(checkpoint.broken ?? []).map((what) => ['broken', what]),
    ]),
    ...broken.map((what) => ['broken', what]),
  ]);
}

function originRows({ kind, path, step, source, ...card }: OriginDescription): string[][] {
  const place =
    kind === 'import' ? `import of ${path}` : `step ${formatCount(step ?? 0)} of ${path}`;
  return [
    ['origin', place],
    ...(source === undefined ? [] : [['', `from ${source}`]]),
    ...(card.licence === undefined ? [] : [['licence', card.licence]]),
    ...(card.sha256 === undefined ? [] : [['sha256', card.sha256]]),
  ];
}

/** Formats options of a domain as flags; options without a flag, such as an imported tokenizer, in words. */
function optionRows(options: JsonObject, table: SettingTable<object>): string[][] {
  const entries = Object.entries(options);
  const typed = entries.filter((option) => isOption(option, table));
  const others = entries.filter((option) => !typed.includes(option));
  const words = Object.entries(settingWords(Object.fromEntries(others)));
  return [
    ...settingRows('', Object.fromEntries(typed)),
    ...words.map(([name, value]) => ['', `${name}: ${value}`]),
  ];
}

function isOption([name, value]: [string, unknown], table: SettingTable<object>): boolean {
  try {
    checkSettings(table, { [name]: value });
    return true;
  } catch {
    return false;
  }
}

function settingRows(title: string, settings: object): string[][] {
  const words = Object.entries(settingWords(settings)).map(([name, value]) => {
    if (value === 'true') return flagName(name);
    return value === 'false'
      ? flagName(name).replace('--', '--no-')
      : `${flagName(name)} ${shellQuoted(value)}`;
  });
  return wrapWords(words, WIDTH).map((line, i) => [i === 0 ? title : '', line]);
}

function checkpointText(checkpoint: CheckpointSummary): string {
  const { step, validationLoss, isBest, weights = 'f32', files, isWhole } = checkpoint;
  const loss = validationLoss === undefined ? [] : [`validation loss ${validationLoss.toFixed(4)}`];
  const best = isBest ? ['the best'] : [];
  const narrow = weights === 'f32' ? [] : [`weights in ${weights}`];
  const health = isWhole === undefined ? [] : [isWhole ? 'whole' : 'broken'];
  const facts = [...loss, ...best, ...narrow, ...health];
  return [`step ${formatCount(step)}`, ...facts, sizesOf(files)].join(', ');
}

function sizesOf(files: Readonly<Record<string, number>>): string {
  return Object.entries(files)
    .map(([name, sizeBytes]) => `${name} ${formatBytes(sizeBytes)}`)
    .join(', ');
}

/** Wraps words into lines of at most `width` characters; a longer word takes a line. */
function wrapWords(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** The result of `inspect`. */
export interface Inspection {
  readonly model: ModelConfig;
  readonly parameters: ParameterTally;
  /** The inspected run; absent if only settings were given. */
  readonly run?: RunSummary;
  /** Name of the run's folder, without parent folders. */
  readonly name?: string;
  /** Steps, attention weights, cache and logit lens of the model on the prompt; absent without a prompt. */
  readonly study?: PromptStudy;
  /** Measurements of parts of the model, which take the place of the study. */
  readonly circuits?: Circuits;
}

/** Row of a parameter table: name, shape, count in one block, count in all blocks. */
export type TallyWords = readonly [name: string, shape: string, block: string, all: string];

/** Formats a parameter tally as rows with a heading. A block's rows appear once, counted in one block and in all. */
export function tallyRows(
  { head, block, blockTotal, blocksTotal, tail, total }: ParameterTally,
  nLayer: number,
): TallyWords[] {
  const once = ({ name, shape, count }: TallyRow): TallyWords => {
    return [name, shapeOf(shape), '', formatCount(count)];
  };
  return [
    ['parameter', 'shape', 'a block', nLayer === 1 ? 'all' : `all ${nLayer}`],
    ...head.map(once),
    ...block.map(({ name, shape, count, blocks, allBlocks }): TallyWords => {
      const share = blocks === nLayer ? '' : ` (${blocks} of ${nLayer})`;
      return [`  ${name}${share}`, shapeOf(shape), formatCount(count), formatCount(allBlocks)];
    }),
    [
      '  blocks',
      '',
      blockTotal === undefined ? '' : formatCount(blockTotal),
      formatCount(blocksTotal),
    ],
    ...tail.map(once),
    ['total', '', '', formatCount(total)],
  ];
}

function shapeOf(shape: readonly number[]): string {
  return shape.join(' x ');
}

/** Formats parameter counts as lines. */
export function tallyLines(tally: ParameterTally, nLayer: number): string[] {
  return formatTable(tallyRows(tally, nLayer), 'llr');
}
