import type { NextToken } from '@ramble/core/sampling';
import type { MaskEffect, PromptStudy } from '@ramble/core/study';

/** Title, subtitle and key figures at the top of a page, as text without markup. */
export interface PageHead {
  readonly title: string;
  /** A line below the title. */
  readonly subtitle: string;
  /** Key figures, by name. */
  readonly facts: Readonly<Record<string, string>>;
}

/** A group of settings as text: chosen settings and defaults. */
export interface SettingGroup {
  readonly chosen: Readonly<Record<string, string>>;
  readonly defaults?: Readonly<Record<string, string>>;
}

/** A point of a line. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line of a chart. */
export interface Line {
  /** Name in the legend; if absent, the legend omits the line. */
  readonly name?: string;
  /** A colour in the syntax of CSS. */
  readonly colour: string;
  readonly points: readonly Point[];
  /** Whether the line is thin and pale, because another line shows the same data better. */
  readonly pale?: boolean;
  /** Whether every point is marked, for lines with few points. */
  readonly dots?: boolean;
}

/** Lines over common axes. */
export interface Lines {
  readonly lines: readonly Line[];
  readonly xLabel: string;
  readonly yLabel: string;
  /** Whether the vertical axis is logarithmic if the values differ by more than a factor of 2.5. */
  readonly mayBeLog?: boolean;
  /** Ticks of the horizontal axis. If they are given, the axis is logarithmic. */
  readonly xTicks?: readonly number[];
  /** Height in pixels; 340 by default. */
  readonly height?: number;
}

/** A chart with its title. */
export interface Figure extends Lines {
  readonly title: string;
}

/** A word and the strength of its shade, 0 to 1. */
export interface ShadedWord {
  readonly word: string;
  readonly share: number;
}

/** An output after its prompt, and the text that it is compared with. */
export interface ReportSample {
  readonly prompt?: string;
  /** Words of the prompt, shaded by the output's attention to each. */
  readonly source?: readonly ShadedWord[];
  readonly output: string;
  readonly reference?: string;
}

/** The content of a report, in plain text. */
export interface ReportContent extends PageHead {
  readonly figures: readonly Figure[];
  readonly samples: readonly ReportSample[];
  /** Tables of settings, by heading. */
  readonly settings: Readonly<Record<string, SettingGroup>>;
  /** Files or folders of the training data, by role: `source`. */
  readonly data?: Readonly<Record<string, { readonly path: string; readonly sha256: string }>>;
}

/** One value of a statistic, for the samples and for the data. A side that lacks the value has no field. */
export interface ComparedNumber {
  readonly label: string;
  readonly samples?: number;
  readonly data?: number;
  /** 5 % quantile over the outputs of the data; `high` is the 95 % quantile. */
  readonly low?: number;
  readonly high?: number;
}

/** The values of one statistic, in the order in which its chart shows them. */
export interface ComparedNumbers {
  readonly name: string;
  /** Whether the numbers are fractions from 0 to 1, shown in percent. */
  readonly areShares: boolean;
  readonly numbers: readonly ComparedNumber[];
}

/** Content of a page that compares samples with data. */
export interface ComparisonContent extends PageHead {
  /** Single values in words: name, samples, data, 5 % and 95 % quantiles. */
  readonly values: readonly (readonly string[])[];
  /** Statistics with more than one number; each has a chart. */
  readonly charts: readonly ComparedNumbers[];
}

/** Attention and scores of every head. */
export interface StudiedHeads extends Pick<PromptStudy, 'attention' | 'lastScores'> {
  /** Tokens as text. */
  readonly words: readonly string[];
  /** The head that is chosen at first. */
  readonly chosen: { readonly layer: number; readonly head: number };
  /** Formula of a score before the division by the root of the head size. */
  readonly formula: string;
}

/** Steps of a model under one title, such as a block. */
export interface StepGroup {
  /** Title of the group; empty for steps outside of blocks. */
  readonly title: string;
  readonly steps: readonly { name: string; shape: readonly number[]; meaning: string }[];
}

/** Contents of the key-value cache after a step of decoding. */
export interface CacheRow {
  readonly name: string;
  /**
   * Number of tokens that the model read in the step. `reused` is the number of tokens that were already in the
   * cache, `held` the number of tokens in the cache after the step.
   */
  readonly read: number;
  readonly reused: number;
  readonly held: number;
  readonly size: string;
}

/** Results of a forward pass over a prompt. */
export interface InspectedPrompt extends Omit<StudiedHeads, 'words'> {
  readonly tokens: readonly { readonly word: string; readonly token: number }[];
  /** Most probable next tokens if the model ended after each block (logit lens). */
  readonly lens: readonly { readonly title: string; readonly tokens: readonly NextToken[] }[];
  readonly unmasked?: MaskEffect;
  readonly cache: readonly CacheRow[];
  /** Sentence that compares how many tokens are read with and without the cache. */
  readonly reads: string;
  readonly steps: readonly StepGroup[];
}

/** Content of the page of `inspect`. */
export interface InspectionContent extends PageHead {
  /** Names, shapes and counts of the parameters: a row of headings, then a row for each parameter. */
  readonly parameters: readonly (readonly string[])[];
  /** Tables of settings, by heading. */
  readonly settings: Readonly<Record<string, SettingGroup>>;
  readonly prompt?: InspectedPrompt;
}

/** A note of a piano roll; times in hundredths of a second. */
export interface RollNote {
  readonly startStep: number;
  readonly endStep: number;
  readonly pitch: number;
  readonly velocity: number;
  /** Whether the note belongs to a melody to accompany, which is not played. */
  readonly isMelody: boolean;
}

/** The attention weights between notes, as `noteAttention` of `@ramble/music` returns them. */
export interface NoteAttention {
  readonly notes: readonly RollNote[];
  readonly nHead: number;
  /**
   * Attention of each note, indexed `layers[layer][note]`: each arc has three numbers: head, index of the
   * attended note, and attention in thousandths.
   */
  readonly layers: readonly (readonly (readonly number[])[])[];
}

/** Weights of output words over source words. */
export interface AlignmentGrid {
  readonly name: string;
  /** A row for each output word, a weight from 0 to 1 for each source word. */
  readonly weights: readonly (readonly number[])[];
}

/** Content of a picture of an alignment, in plain text. */
export interface AlignmentContent {
  readonly source: readonly string[];
  readonly output: readonly string[];
  readonly grids: readonly AlignmentGrid[];
}

/** Attention of a prompt as a picture for its domain: between notes, or from output words to source words. */
export type AttentionPicture =
  | ({ readonly kind: 'notes' } & NoteAttention)
  | ({ readonly kind: 'alignment' } & AlignmentContent);
