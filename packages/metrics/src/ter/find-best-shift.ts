/** Maximum number of words that are shifted together, and maximum distance of a shift, as in Tercom. */
const MAX_SHIFT_LENGTH = 10;
const MAX_SHIFT_DISTANCE = 50;

export interface ShiftSearch {
  readonly words: Int32Array;
  readonly reference: Int32Array;
  readonly distances: EditDistances;
  readonly alignment: Alignment;
}

export interface Shift {
  /** Reduction of the edit distance, in edits; 0 if no shift was possible. It may be negative. */
  readonly gain: number;
  readonly words: Int32Array;
  /** Number of shifts whose edit distance was computed. */
  readonly candidates: number;
}

interface Candidate {
  readonly gain: number;
  readonly length: number;
  readonly start: number;
  readonly target: number;
}

/**
 * Finds the shift of a run of words that most reduces the edit distance to the reference. On a tie, the
 * longest shift wins, then the earliest run, then the earliest target.
 *
 * @param maxCandidates - Maximum number of shifts that are tried.
 */
export function findBestShift(search: ShiftSearch, maxCandidates: number): Shift {
  const { words, distances } = search;
  const before = distances.last();
  let best: Candidate | undefined;
  let candidates = 0;
  for (const { start, place, length } of movableRuns(search)) {
    for (const target of targets(search.alignment.places, place, length)) {
      const shifted = shiftWords(words, start, length, target);
      const gain = before - distances.distanceOf(shifted, Math.min(start, target));
      const candidate = { gain, length, start, target };
      if (!best || isBetter(candidate, best)) best = candidate;
      candidates++;
    }
    if (candidates >= maxCandidates) break;
  }
  if (!best) return { gain: 0, words, candidates };
  const { gain, start, length, target } = best;
  return { gain, words: shiftWords(words, start, length, target), candidates };
}

interface Run {
  /** Index of the run's first word in the hypothesis. */
  readonly start: number;
  /** Index of the run's first word in the reference. */
  readonly place: number;
  readonly length: number;
}

/**
 * Yields runs of words that may be shifted: they occur in the hypothesis and in the reference, contain errors in
 * both, and are not yet aligned with each other.
 */
function* movableRuns({ words, reference, alignment }: ShiftSearch): Generator<Run> {
  const { places, hypothesisErrors, referenceErrors } = alignment;
  for (let start = 0; start < words.length; start++) {
    const first = Math.max(0, start - MAX_SHIFT_DISTANCE);
    const last = Math.min(reference.length - 1, start + MAX_SHIFT_DISTANCE);
    for (let place = first; place <= last; place++) {
      const max = Math.min(MAX_SHIFT_LENGTH, words.length - start, reference.length - place);
      for (let length = 1; length <= max; length++) {
        if (words[start + length - 1] !== reference[place + length - 1]) break;
        if (hypothesisErrors[start + length] === hypothesisErrors[start]) continue;
        if (referenceErrors[place + length] === referenceErrors[place]) continue;
        if (start <= places[place] && places[place] < start + length) continue;
        yield { start, place, length };
      }
    }
  }
}

/**
 * Yields the indices of the hypothesis before which a run may be inserted. Each follows a hypothesis word that is
 * aligned with a reference word: the word before the run in the reference, or a word of the run.
 *
 * @param places - For each reference word, the index of the aligned hypothesis word.
 * @param place - Index of the run's first word in the reference.
 */
function* targets(places: Int32Array, place: number, length: number): Generator<number> {
  let last = -1;
  for (let at = place - 1; at < place + length; at++) {
    const target = at === -1 ? 0 : places[at] + 1;
    if (target !== last) yield target;
    last = target;
  }
}

function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.gain !== b.gain) return a.gain > b.gain;
  if (a.length !== b.length) return a.length > b.length;
  if (a.start !== b.start) return a.start < b.start;
  return a.target < b.target;
}

/** Returns the words with a run moved to before the word at `target`, an index before the move. */
function shiftWords(words: Int32Array, start: number, length: number, target: number): Int32Array {
  const shifted = Int32Array.from(words);
  const end = start + length;
  if (target < start) {
    shifted.set(words.subarray(start, end), target);
    shifted.set(words.subarray(target, start), target + length);
    return shifted;
  }
  // If the target is inside the run, the run moves as far beyond its end as the target is beyond its start.
  const until = target > end ? target : Math.min(target + length, words.length);
  shifted.set(words.subarray(end, until), start);
  shifted.set(words.subarray(start, end), start + until - end);
  return shifted;
}

/** An alignment of a hypothesis with its reference: the corresponding words and the errors. */
interface Alignment {
  /**
   * Index, for each word of the reference, of the hypothesis word that is aligned with it, or of the last one before
   * it; -1 if none exists.
   */
  readonly places: Int32Array;
  /** Number of errors among the first n words of the hypothesis, for n from 0. */
  readonly hypothesisErrors: Int32Array;
  readonly referenceErrors: Int32Array;
}

/** Reads an alignment from a filled table of edit distances, from its last entry back to its first. */
export function alignWords(distances: EditDistances): Alignment {
  let [row, column] = [distances.rows, distances.columns];
  const places = new Int32Array(column);
  const hypothesisErrors = new Int32Array(row + 1);
  const referenceErrors = new Int32Array(column + 1);
  while (row > 0 || column > 0) {
    const edit = distances.edit(row, column);
    const isError = edit === 'keep' ? 0 : 1;
    if (edit !== 'delete') {
      places[column - 1] = row - 1;
      referenceErrors[column] = isError;
    }
    if (edit !== 'insert') hypothesisErrors[row] = isError;
    if (edit !== 'delete') column--;
    if (edit !== 'insert') row--;
  }
  accumulate(hypothesisErrors);
  accumulate(referenceErrors);
  return { places, hypothesisErrors, referenceErrors };
}

function accumulate(counts: Int32Array): void {
  for (let i = 1; i < counts.length; i++) counts[i] += counts[i - 1];
}

/** Distance from the diagonal up to which entries are computed, as in Tercom. */
const BEAM_WIDTH = 25;
/** Value of a distance that was not computed; sums with it do not overflow. */
const UNKNOWN = 2 ** 30;

/**
 * Table of edit distances between prefixes of a hypothesis and prefixes of its reference, near the
 * diagonal.
 */
interface EditDistances {
  readonly rows: number;
  readonly columns: number;
  /** Computes the whole table, a row for each prefix of `words`. */
  fill(words: Int32Array): void;
  /** Returns the edit distance of the whole hypothesis to the whole reference. */
  last(): number;
  /**
   * Returns the last edit that leads to an entry of the table. If several edits have the lowest cost, the order of
   * preference is keep or replace, delete, insert.
   */
  edit(row: number, column: number): Edit;
  /**
   * Returns the edit distance of `words` to the reference. Their first `from` words must equal the words of the last
   * `fill`. The table is not changed.
   */
  distanceOf(words: Int32Array, from: number): number;
}

/**
 * An edit: insert a word of the reference, delete a word of the hypothesis, keep a word or replace
 * it.
 */
type Edit = 'insert' | 'delete' | 'keep' | 'replace';

/**
 * Prepares the edit distances of hypotheses to one reference.
 *
 * @param rows - Number of words of each hypothesis; all hypotheses have the same number.
 */
export function editDistances(reference: Int32Array, rows: number): EditDistances {
  const columns = reference.length;
  const ratio = rows > 0 ? columns / rows : 1;
  const beam = BEAM_WIDTH < ratio / 2 ? Math.ceil(ratio / 2 + BEAM_WIDTH) : BEAM_WIDTH;

  /** Computes row `i` from the row above it, near the diagonal. */
  const fillRow = (i: number, word: number, above: Int32Array, row: Int32Array): void => {
    row.fill(UNKNOWN);
    const diagonal = Math.floor(i * ratio);
    const end = i === rows ? columns + 1 : Math.min(columns + 1, diagonal + beam);
    for (let j = Math.max(0, diagonal - beam); j < end; j++) {
      if (j === 0) {
        row[0] = above[0] + 1;
        continue;
      }
      const replaced = above[j - 1] + (word === reference[j - 1] ? 0 : 1);
      const moved = (above[j] < row[j - 1] ? above[j] : row[j - 1]) + 1;
      row[j] = replaced < moved ? replaced : moved;
    }
  };

  const table = Array.from({ length: rows + 1 }, () => new Int32Array(columns + 1));
  for (let j = 0; j <= columns; j++) table[0][j] = j;
  const spare = [new Int32Array(columns + 1), new Int32Array(columns + 1)];
  let known = new Int32Array(rows);
  return {
    rows,
    columns,
    fill: (words) => {
      known = Int32Array.from(words);
      for (let i = 1; i <= rows; i++) fillRow(i, words[i - 1], table[i - 1], table[i]);
    },
    last: () => table[rows][columns],
    edit: (row, column) => {
      if (row === 0) return 'insert';
      if (column === 0) return 'delete';
      const cost = table[row][column];
      const isSame = known[row - 1] === reference[column - 1];
      if (cost === table[row - 1][column - 1] + (isSame ? 0 : 1))
        return isSame ? 'keep' : 'replace';
      return cost === table[row - 1][column] + 1 ? 'delete' : 'insert';
    },
    distanceOf: (words, from) => {
      let above = table[from];
      for (let i = from + 1; i <= rows; i++) {
        const row = spare[i % 2];
        fillRow(i, words[i - 1], above, row);
        above = row;
      }
      return above[columns];
    },
  };
}
