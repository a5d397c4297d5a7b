/**
 * Counts that are kept for each context: occurrences of its next characters in all, and numbers of next characters seen
 * once, twice and more often.
 */
const COUNTS = 4;

/**
 * Returns an n-gram model of the characters of a text, interpolated with modified Kneser-Ney smoothing: the highest
 * order counts occurrences, the lower ones count the characters that precede.
 *
 * @see Chen and Goodman, An Empirical Study of Smoothing Techniques for Language Modeling (1998), section 3.
 * @param order - Number of characters of an n-gram, the predicted one included.
 * @param vocabularySize - Number of characters that share the probability which no order has given.
 * @returns a function from up to `order - 1` preceding characters and the next one to its probability.
 */
export function kneserNey(text, order, vocabularySize) {
  const orders = [];
  let counts = new Map();
  for (let i = 0; i + order <= text.length; i++) add(counts, text.slice(i, i + order), 1);
  for (let n = order; n >= 1; n--) {
    orders.unshift(smooth(counts));
    const shorter = new Map();
    for (const gram of counts.keys()) add(shorter, gram.slice(1), 1);
    counts = shorter;
  }
  return (context, next) => {
    let probability = 1 / vocabularySize;
    for (let n = 0; n < order && n <= context.length; n++) {
      const { counts, contexts, discounts } = orders[n];
      const before = n === 0 ? '' : context.slice(-n);
      const totals = contexts.get(before);
      if (!totals) break; // no longer context was seen either
      const count = counts.get(before + next) ?? 0;
      let discounted = 0;
      for (let k = 1; k < COUNTS; k++) discounted += discounts[k] * totals[k];
      const own = Math.max(count - discounts[Math.min(count, COUNTS - 1)], 0);
      probability = (own + discounted * probability) / totals[0];
    }
    return probability;
  };
}

/**
 * Returns the bits per character of a text under a model of `kneserNey`.
 *
 * @param before - Text that precedes it.
 */
export function bitsPerCharacter(model, order, before, text) {
  const whole = before.slice(-order) + text;
  const start = whole.length - text.length;
  let bits = 0;
  for (let i = start; i < whole.length; i++) {
    bits -= Math.log2(model(whole.slice(Math.max(i - order + 1, 0), i), whole[i]));
  }
  return bits / text.length;
}

function smooth(counts) {
  const contexts = new Map();
  const counted = new Array(COUNTS + 1).fill(0);
  for (const [gram, count] of counts) {
    const before = gram.slice(0, -1);
    let totals = contexts.get(before);
    if (!totals) contexts.set(before, (totals = new Array(COUNTS).fill(0)));
    totals[0] += count;
    totals[Math.min(count, COUNTS - 1)]++;
    if (count <= COUNTS) counted[count]++;
  }
  const [, one, two, three, four] = counted.map((count) => Math.max(count, 1));
  const y = one / (one + 2 * two);
  const discounts = [
    0,
    1 - (2 * y * two) / one,
    2 - (3 * y * three) / two,
    3 - (4 * y * four) / three,
  ];
  return { counts, contexts, discounts };
}

function add(counts, key, value) {
  counts.set(key, (counts.get(key) ?? 0) + value);
}
