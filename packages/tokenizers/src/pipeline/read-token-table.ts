import { type AddedToken } from '../added-tokens.js';
import { type JsonField } from '../json-field.js';
import { MAX_VOCAB_SIZE } from '../max-vocab-size.js';
import { readAddedTokens } from '../read-added-tokens.js';

/** The tokens of a tokenizer.json by id; an id may have none. */
export interface TokenTable {
  readonly tokens: readonly (string | undefined)[];
  readonly addedTokens: readonly AddedToken[];
}

/**
 * Puts the tokens of a model and those that were added to it in the order of their ids.
 *
 * @param list - `added_tokens`.
 * @throws RangeError that names the field, when two tokens have one id or one token has two.
 */
export function readTokenTable(
  list: JsonField,
  model: JsonField,
  vocab: ReadonlyMap<string, number>,
): TokenTable {
  const tokens: (string | undefined)[] = [];
  for (const [token, id] of vocab) {
    if (tokens[id] !== undefined) {
      throw model.field('vocab').field(token).error('an id that no other token has');
    }
    tokens[id] = token;
  }
  const entries = list.value === undefined ? [] : readAddedTokens(list).values();
  const addedTokens = Array.from(entries, ({ field, ...token }): AddedToken => {
    const id = field.field('id').index(MAX_VOCAB_SIZE);
    const inModel = vocab.get(token.content);
    const isFree = inModel === undefined ? tokens[id] === undefined : inModel === id;
    if (!isFree) throw field.field('id').error('an id that no other token has');
    tokens[id] = token.content;
    return { ...token, id };
  });
  // Holes of a sparse array read as undefined, but only a dense one is fast and is mapped whole.
  return { tokens: Array.from(tokens), addedTokens };
}
