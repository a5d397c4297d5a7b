import type { MapsEvent, MapsQuestion, Rows } from '@ramble/explorer';
import { HEAD_COLOURS, type ShadeOptions } from '@ramble/explorer/pictures';
import { useEffect, useState } from 'preact/hooks';

import { useAnswer, useSession } from '../state/session.js';
import type { Subject } from './cache-part.js';

/** A head of a layer, both from 0; without `head`, the mean of the layer's heads. */
export interface HeadPlace {
  readonly layer: number;
  readonly head?: number;
}

type Params = Readonly<Record<string, string>>;

/** Returns the layer and head in the page's address. */
export function headIn(params: Params, { study }: Subject): HeadPlace {
  const layer = Math.min(Number(params.layer ?? 0), study.layers.length - 1);
  const { head } = params;
  return head === undefined || head === 'mean' ? { layer } : { layer, head: Number(head) };
}

/** Maximum number of heads that are drawn together, so that their colours can be told apart. */
export const MAX_HEADS = 6;

/** A head whose attention is drawn. */
export interface ShownHead {
  readonly place: HeadPlace;
  readonly weights: Rows;
  /** Colour of the head in the syntax of CSS if several heads are drawn together. */
  readonly colour?: string;
}

/** The heads that the page's address selects, and functions that change the selection. */
export interface Heads {
  readonly chosen: HeadPlace;
  /** The chosen head first, then the heads that are drawn with it. */
  readonly places: readonly HeadPlace[];
  /** Heads whose weights are loaded for the current prompt; empty until the weights of the chosen head are loaded. */
  readonly shown: readonly ShownHead[];
  /** Rules by which weights become shades. */
  readonly shades: ShadeOptions;
  /** Chooses a head. The heads that are drawn with it stay. */
  choose(place: HeadPlace): void;
  /** Draws a head with the chosen one, or removes it. Does nothing beyond the maximum number of heads. */
  toggle(place: HeadPlace): void;
  setShades(shades: ShadeOptions): void;
}

/**
 * Returns the heads that the page's address selects.
 *
 * @param needsWeights - Whether the weights of the heads are loaded.
 */
export function useHeads(subject: Subject, needsWeights = true): Heads {
  const { model, prompt, study } = subject;
  const session = useSession();
  const { params } = session.place.value;
  const chosen = headIn(params, subject);
  const others = (params.heads ?? '').split(' ').flatMap((word) => placeOf(word, subject));
  const places = [chosen, ...others.filter((place) => !isSame(place, chosen))].slice(0, MAX_HEADS);
  const answers = Array.from({ length: MAX_HEADS }, (_, i) => {
    const place = needsWeights ? places[i] : undefined;
    return useAnswer('attention', place && { model: model.id, prompt, ...place });
  });
  const shown = places.flatMap((place, i): ShownHead[] => {
    const { question, answer } = answers[i] ?? {};
    // Until the chosen head's weights arrive, those of the head before it stay.
    if (!question || answer?.weights.length !== study.tokens.length) return [];
    if (i > 0 && !isSame(place, question)) return [];
    const colour = places.length > 1 ? HEAD_COLOURS[i % HEAD_COLOURS.length] : undefined;
    return [{ place, weights: answer.weights, ...(colour && { colour }) }];
  });
  const remember = (kept: readonly HeadPlace[]) =>
    session.remember({
      heads: kept.map(({ layer, head }) => `${layer}.${head ?? 'mean'}`).join(' '),
    });
  return {
    chosen,
    places,
    shown: answers[0] ? shown : [],
    shades: { isByRow: params.shades === 'row', hidesFirst: params.first === 'hidden' },
    choose: ({ layer, head }) =>
      session.remember({ layer: String(layer), head: head === undefined ? 'mean' : String(head) }),
    toggle(place) {
      const rest = places.slice(1);
      const kept = rest.filter((each) => !isSame(each, place));
      if (kept.length < rest.length) remember(kept);
      else if (places.length < MAX_HEADS && !isSame(place, chosen)) remember([...rest, place]);
    },
    setShades: ({ isByRow, hidesFirst }) =>
      session.remember({ shades: isByRow ? 'row' : '', first: hidesFirst ? 'hidden' : '' }),
  };
}

/** Whether two places are the same head. */
export function isSame(a: HeadPlace, b: HeadPlace): boolean {
  return a.layer === b.layer && a.head === b.head;
}

/** Returns the name of a head as readers count: `layer 1, head 2`. */
export function nameOf({ layer, head }: HeadPlace): string {
  return `layer ${layer + 1}, ${head === undefined ? 'mean' : `head ${head + 1}`}`;
}

/**
 * Parses a head in the address, such as `0.1` or `2.mean`. Returns an empty array for a head that the model lacks.
 */
function placeOf(word: string, { study }: Subject): HeadPlace[] {
  const [, layer, head] = /^(\d+)\.(\d+|mean)$/.exec(word) ?? [];
  const found = study.layers[Number(layer)];
  if (!found || (head !== 'mean' && Number(head) >= found.heads)) return [];
  return [{ layer: Number(layer), ...(head !== 'mean' && { head: Number(head) }) }];
}

/**
 * Returns small pictures of the attention of every layer, in order, as they arrive. If the question changes, the old
 * pictures stay until new ones replace them.
 */
export function useMaps(question: MapsQuestion): readonly MapsEvent[] {
  const session = useSession();
  const [maps, setMaps] = useState<readonly MapsEvent[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    const load = async (): Promise<void> => {
      for await (const event of session.transport.stream('maps', question, abort.signal)) {
        if (abort.signal.aborted) return;
        const { layer } = event;
        setMaps((before) => [...before.slice(0, layer), event, ...before.slice(layer + 1)]);
      }
    };
    load().catch((error: unknown) => session.complain(error));
    return () => abort.abort();
  }, [JSON.stringify(question)]);
  return maps;
}
