// Births per day in bins: the input is four weeks of counts, the output a forecast of the next week.
import { fileLines } from '@ramble/core';

const [PAST, NEXT] = [28, 7];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const END = DAYS.length + MONTHS.length;
const FIRST_BIN = END + 1;

/**
 * @typedef {{ date: string, counts: readonly number[] }} Days Counts from a date on, `2014-01-31`.
 * @returns {import('@ramble/core').Domain<Days, Days, readonly number[]>}
 */
export function birthsDomain(levels) {
  const names = [...DAYS, ...MONTHS, '<end>', ...levels];
  const bins = levels.map((_, i) => FIRST_BIN + i);
  const binOf = (count) => bins.find((_, i) => !(count > (levels[i] + levels[i + 1]) / 2));
  const encode = ({ date, counts }, length) => {
    const day = new Date(`${date}T00:00Z`);
    if (counts.length !== length) throw wrongCount(length, counts.length);
    return [day.getUTCDay(), DAYS.length + day.getUTCMonth(), ...counts.map(binOf)];
  };
  return {
    name: 'births',
    levels,
    vocabulary: { size: names.length, describe: (id) => `${names[id]}` },
    stopTokens: [END],
    encodeExample: (days) => {
      const tokens = [...encode(days, PAST + NEXT), END];
      const lossWeights = tokens.map((_, i) => (i < 2 ? 0 : 1)); // the calendar is known and has no loss
      return { tokens, lossWeights, outputStart: PAST + 2 };
    },
    encodePrompt: (days) => ({ tokens: encode(days, PAST) }),
    decodeOutput: (tokens) => tokens.flatMap((id) => levels[id - FIRST_BIN] ?? []),
    grammar: {
      start: ({ tokens }) => PAST + NEXT + 2 - tokens.length, // days that are left
      advance: (left) => left - 1,
      allowed: (left) => (left > 0 ? bins : [END]),
      mustEnd: (left) => left <= 0,
    },
  };
}

const wrongCount = (expected, got) => new RangeError(`days: expected ${expected}, got ${got}`);
/** Returns levels of equal frequency in the counts. */
async function fit(examples, { bins }) {
  const counts = [];
  for await (const days of examples) counts.push(days.counts[0]);
  if (counts.length < bins) throw wrongCount(`at least ${bins}`, counts.length);
  counts.sort((a, b) => a - b);
  const middles = Array.from({ length: bins }, (_, i) => ((i + 0.5) * counts.length) / bins);
  return birthsDomain([...new Set(middles.map((middle) => counts[Math.floor(middle)]))]);
}

function readDays(name, lines) {
  const days = lines.map((line) => /^(\d{4}-\d\d-\d\d),(\d+)$/.exec(line) ?? []);
  if (days.length > 0 && days.every(([line]) => line)) {
    return { date: days[0][1], counts: days.map(([, , count]) => Number(count)) };
  }
  throw new RangeError(`${name}: expected lines like 2014-01-31,9000, got others`);
}

async function* readExamples(files) {
  for (const file of files) {
    const lines = [];
    for await (const line of fileLines(file)) lines.push(line);
    const { date, counts } = readDays(file.name, lines);
    for (let at = 0; at + PAST + NEXT <= counts.length; at++) {
      const day = new Date(Date.parse(date) + at * 86_400_000);
      yield { date: day.toISOString().slice(0, 10), counts: counts.slice(at, at + PAST + NEXT) };
    }
  }
}

const lastWeek = ({ counts }) => counts.slice(PAST - NEXT, PAST);

/** Returns the mean distance of forecasts from the actual counts. */
function missed(outputs, examples) {
  const errors = examples.flatMap(({ counts }, i) =>
    counts.slice(PAST).map((count, day) => Math.abs(count - (outputs[i][day] ?? 0))),
  );
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

function score(outputs, examples) {
  const births = missed(outputs, examples);
  const gain = 1 - births / missed(examples.map(lastWeek), examples); // for the forecast that repeats last week
  const scores = Object.entries({ 'gain (%)': 100 * gain, 'births missed a day': births });
  const signature = `days:${NEXT * examples.length}`;
  return scores.map(([name, value]) => ({ name, score: value, signature }));
}

/** @type {import('@ramble/core').App<Days, Days, readonly number[], { bins: number }>} */
export default {
  name: 'births',
  description: 'Births per day in bins: four weeks, and a forecast of the next.',
  factory: {
    fit,
    save: ({ levels }) => ({ 'levels.json': JSON.stringify(levels) }),
    load: async (files) => birthsDomain(JSON.parse(files['levels.json'])),
  },
  options: {
    bins: { kind: 'integer', min: 2, default: 32, description: 'Number of levels of a count.' },
  },
  packing: 'examples',
  data: { extensions: ['.csv'], readExamples },
  readPrompt: (bytes) => readDays('prompt', new TextDecoder().decode(bytes).trim().split('\n')),
  showOutput: (counts) => ({ kind: 'text', text: counts.join(' ') }),
  sampling: { method: 'greedy', maxNewTokens: NEXT + 1 },
  presets: {
    small: {
      ...{ nLayer: 2, nHead: 4, nEmbd: 64, contextLength: 40, attention: 'relative' },
      ...{ batchSize: 32, maxSteps: 800, dropout: 0.2 },
    },
  },
  features: {
    scoring: {
      promptOf: ({ date, counts }) => ({ date, counts: counts.slice(0, PAST) }),
      score,
      baselines: async (all) => [{ name: 'last week again', outputs: all.map(lastWeek) }],
    },
  },
};
