const DEFAULT = /\bdefault: (.*)\)$/;

/**
 * Describes an option in several domains, in one text: the first description, the different
 * defaults of other domains, and the domains that have the option, if not all do.
 *
 * @param meanings - Descriptions by domain, as in their help.
 * @param domains - All domains that could have it.
 */
export function describeIn(meanings, domains) {
  const saying = new Map(); // domains by their description
  for (const [domain, meaning] of meanings) {
    saying.set(meaning, [...(saying.get(meaning) ?? []), domain]);
  }
  const [[first], ...others] = saying;
  const differing = others.map(([meaning, having]) => {
    return `${having.join(', ')}: ${isAlike(first, meaning) ? DEFAULT.exec(meaning)[1] : meaning}`;
  });
  const notes = [
    ...(differing.length > 0 ? [`In ${differing.join('; ')}.`] : []),
    ...(meanings.size < domains.length ? [`Only ${[...meanings.keys()].join(', ')}.`] : []),
  ];
  return [first, ...notes].join(' ');
}

/** Whether two texts differ only in a default. */
function isAlike(one, other) {
  const [without, otherWithout] = [one, other].map((text) => text.replace(DEFAULT, ''));
  return DEFAULT.test(one) && DEFAULT.test(other) && without === otherWithout;
}
