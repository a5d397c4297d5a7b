import type { SettingTable } from '@ramble/core';
import { defineFeature, type FileArtifact, shape } from '@ramble/core/app';

const { fn, is, isFileArtifact, isTexts, object, optional, returned } = shape;

/** Maker of a second file next to each output, and its flags of `sample`. */
export interface Companion<Output, Options> {
  readonly settings: SettingTable<Options>;
  /** The setting that requests the second file; an `--out` with the second file's extension requests only that file. */
  readonly setting: string;
  /** Extension of the companion files: `.wav`. */
  readonly extension: string;
  /**
   * Prepares the companion's writer before the model samples.
   *
   * @returns `undefined` if no second file was requested.
   * @throws Error that names the setting, if something that it needs is missing.
   */
  open(options: Options): Promise<CompanionMaker<Output> | undefined>;
}

/** Writes the second file for each output; all data that this needs is already loaded. */
export interface CompanionMaker<Output> {
  make(output: Output): Promise<FileArtifact>;
}

/** Methods that write outputs without a model: further values of `--method` of `sample` and `evaluate`. */
export interface ModelFree<Prompt, Output, Options> {
  /** Names of the methods: `['textrank']`. */
  readonly methods: readonly string[];
  /** Options of the methods, such as an output's length, which become flags of `sample`. */
  readonly settings: SettingTable<Options>;
  /**
   * Writes an output without a model.
   *
   * @param method - Name of the method.
   */
  write(method: string, prompt: Prompt, options: Options): Output;
}

/**
 * Whether each output is one line: `sample` then prints one line for each, without headings; a line break within
 * an output becomes a space.
 */
export const oneLineFeature = defineFeature<boolean>(
  'oneLine',
  is('true, false', (value) => typeof value === 'boolean'),
);

/** Feature with the extensions of files that outputs can be written to; any by default. */
export const outputExtensionsFeature = defineFeature<readonly string[]>(
  'outputExtensions',
  optional(is('a list of endings', isTexts), "a list of endings or none, ['.txt']"),
);

/** Feature that writes a second file next to each output, such as its sound. */
export const companionFeature = defineFeature<Companion<unknown, unknown>>(
  'companion',
  object({
    open: fn({
      returns: 'free', // its errors are about the user's input
      gives: object({
        make: fn({
          returns: 'later',
          of: 0,
          name: 'companion',
          result: returned("{ kind: 'file', extension, bytes }", isFileArtifact),
        }),
      }),
    }),
  }),
);

/** Feature with methods that write outputs without a model. */
export const modelFreeFeature = defineFeature<ModelFree<unknown, unknown, unknown>>(
  'modelFree',
  object({ write: fn({ returns: 'now', of: 1 }) }),
);
