import { type JsonField } from '../json-field.js';
import { huggingFace } from './library.js';
import { readPattern } from './read-pattern.js';

/**
 * Rewrites a text before it is cut into words.
 *
 * @param continues - Whether the text goes on from another: nothing is put before it then.
 */
export type Normalize = (text: string, continues: boolean) => string;

/**
 * Reads the `normalizer` of a tokenizer.json. Those of the library are used where they agree with
 * Hugging Face's; `Precompiled` is its approximation (NFKC and a few characters).
 *
 * @throws RangeError that names the field, for one that is unknown.
 */
export function readNormalizer(field: JsonField): Normalize {
  if (field.value === null || field.value === undefined) return (text) => text;
  const type = field.field('type').oneOf(...TYPES);
  if (type === 'Sequence') {
    const all = field.field('normalizers').items().map(readNormalizer);
    return (text, continues) => all.reduce((each, normalize) => normalize(each, continues), text);
  }
  if (type === 'Prepend') {
    const prefix = field.field('prepend').string();
    return (text, continues) => (continues || text === '' ? text : prefix + text);
  }
  if (type === 'Replace') {
    const pattern = readPattern(field.field('pattern'));
    const content = field.field('content').string();
    return (text) => text.replace(pattern, () => content); // a string's `$` would mean something
  }
  // One character at a time, as in Rust: JavaScript writes a sigma at the end of a word differently.
  if (type === 'Lowercase') return (text) => text.replace(/./gsu, (each) => each.toLowerCase());
  const normalizer = new NORMALIZERS[type](field.value);
  return (text) => normalizer.normalize(text);
}

/** The settings of these have the names and defaults of the file. */
const NORMALIZERS = {
  BertNormalizer: huggingFace.BertNormalizer,
  NFC: huggingFace.NFCNormalizer,
  NFD: huggingFace.NFDNormalizer,
  NFKC: huggingFace.NFKCNormalizer,
  NFKD: huggingFace.NFKDNormalizer,
  Precompiled: huggingFace.PrecompiledNormalizer,
  Strip: huggingFace.StripNormalizer,
  StripAccents: huggingFace.StripAccentsNormalizer,
};

const LIBRARY_TYPES = [
  'BertNormalizer',
  'NFC',
  'NFD',
  'NFKC',
  'NFKD',
  'Precompiled',
  'Strip',
  'StripAccents',
] as const;

const TYPES = ['Sequence', 'Prepend', 'Replace', 'Lowercase', ...LIBRARY_TYPES] as const;
