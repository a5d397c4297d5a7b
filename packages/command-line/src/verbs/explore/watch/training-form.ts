import type { AnyApp } from '@ramble/core';
import type { TrainingField, TrainingForm, TrainQuestion } from '@ramble/explorer';

import { type Flag, flagName } from '../../../verb/flag.js';
import { TRAIN_FLAGS, TRAIN_TABLE } from '../../train/train-flags.js';

/**
 * Flags of `train` that the form offers in addition to the settings. The others choose where a run is written, or start
 * processes on other machines.
 */
const OFFERED = ['data', 'source', 'target', 'valid', 'validSource', 'validTarget'] as const;

/** The flags of `train`. The description of `data` omits what a form lacks: standard input, and a run to resume. */
const DATA_FLAGS = {
  ...TRAIN_FLAGS,
  data: {
    ...TRAIN_FLAGS.data,
    derived: undefined,
    description: 'A file, a folder, or the name of a corpus (`ramble data list`).',
  },
};

/** Returns the form that starts a training of a domain: the settings of `train`, as its help describes them. */
export function trainingForm(app: AnyApp): TrainingForm {
  const refused = TRAIN_TABLE.refused?.(app) ?? [];
  const data = OFFERED.filter((name) => !refused.includes(name));
  const presets = Object.keys(TRAIN_TABLE.presets?.(app) ?? {});
  const preset: TrainingField = {
    ...{ name: 'preset', kind: 'choice', choices: presets, isBasic: true, usual: 'none' },
    description: 'Named settings, which the other fields override.',
  };
  const groups = TRAIN_TABLE.settings?.(app) ?? [];
  return {
    domain: app.name,
    groups: [
      {
        title: 'Data',
        fields: [...data.flatMap((name) => fieldOf(name, DATA_FLAGS[name])), preset],
      },
      ...groups.map(({ title, settings }) => ({
        title,
        fields: Object.entries(settings).flatMap(([name, setting]) => fieldOf(name, setting)),
      })),
    ].filter(({ fields }) => fields.length > 0),
  };
}

/**
 * Returns an array with the form field of a setting. The array is empty for a setting of the kind `object`, which only
 * a `--config` file can set.
 */
function fieldOf(name: string, flag: Flag): TrainingField[] {
  if (flag.kind === 'object') return [];
  const { description, basic = false } = flag;
  const usual =
    'default' in flag && flag.default !== undefined ? String(flag.default) : flag.derived;
  const field = { name, description, isBasic: basic, ...(usual !== undefined && { usual }) };
  if (flag.kind === 'choice') return [{ ...field, kind: 'choice', choices: flag.choices }];
  if (flag.kind === 'boolean') return [{ ...field, kind: 'boolean' }];
  const isText = flag.kind === 'string' || flag.kind === 'list';
  return [{ ...field, kind: isText ? 'text' : 'number' }];
}

/**
 * Returns the arguments of `ramble` that train with the values of a form. A value is joined to its flag by `=`, so
 * that it cannot be another flag.
 *
 * @param word - Name of the domain on the command line, or the path of its module.
 * @param out - Folder of the new run.
 * @throws RangeError for a value of a field that the form does not have.
 */
export function trainWords(
  form: TrainingForm,
  { values }: Pick<TrainQuestion, 'values'>,
  { word, out }: { readonly word: string; readonly out: string },
): string[] {
  const fields = new Map(form.groups.flatMap(({ fields: all }) => all.map((it) => [it.name, it])));
  const words = Object.entries(values).flatMap(([name, value]) => {
    const field = fields.get(name);
    if (!field) {
      throw new RangeError(`values: expected fields of the form for ${form.domain}, got ${name}`);
    }
    const flag = flagName(name);
    if (field.kind !== 'boolean') return `${flag}=${value}`;
    return value === 'true' ? flag : flag.replace('--', '--no-');
  });
  return [word, 'train', ...words, '--out', out];
}
