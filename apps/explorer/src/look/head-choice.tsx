import type { Rows } from '@ramble/explorer';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { useAnswer, useSession } from '../state/session.js';
import type { Subject } from './cache-part.js';

/** A head of a layer, both from 0; without `head`, the mean of the layer's heads. */
export interface HeadPlace {
  readonly layer: number;
  readonly head?: number;
}

/** Returns the layer and head in the page's address. */
export function headIn(params: Readonly<Record<string, string>>, { study }: Subject): HeadPlace {
  const layer = Math.min(Number(params.layer ?? 0), study.layers.length - 1);
  const { head } = params;
  return head === undefined || head === 'mean' ? { layer } : { layer, head: Number(head) };
}

/** Returns the layer and head in the page's address, and their weights once they are loaded for the current prompt. */
export function useHead(subject: Subject): {
  readonly place: HeadPlace;
  readonly weights: Rows | undefined;
} {
  const { model, prompt, study } = subject;
  const place = headIn(useSession().place.value.params, subject);
  const weights = useAnswer('attention', { model: model.id, prompt, ...place })?.answer.weights;
  return { place, weights: weights?.length === study.tokens.length ? weights : undefined };
}

/** Chooses a layer, and one of its heads by a small picture of its attention. */
export function HeadChoice(props: {
  readonly subject: Subject;
  readonly place: HeadPlace;
  /** Whether the mean of all heads can be chosen. */
  readonly hasMean: boolean;
}): JSX.Element {
  const { subject, place, hasMean } = props;
  const session = useSession();
  const layers = subject.study.layers;
  const chosen = layers[place.layer];
  const heads = chosen?.heads ?? 0;
  const choose = (layer: number, head: number | undefined) =>
    session.remember({ layer: String(layer), head: head === undefined ? 'mean' : String(head) });
  const all = Array.from({ length: heads }, (_, head) => head);
  return (
    <div class="heads">
      <div class="layers" role="group" aria-label="Layer">
        <span class="heads-title">Layer</span>
        {layers.map((_, layer) => (
          <button
            key={layer}
            type="button"
            class="layer"
            aria-pressed={layer === place.layer}
            onClick={() => choose(layer, place.head)}
          >
            {layer + 1}
          </button>
        ))}
        <span class="hint">{chosen && describeLayer(chosen)}</span>
      </div>
      <div class="head-maps" role="group" aria-label="Head">
        {(hasMean ? [undefined, ...all] : all).map((head) => (
          <button
            key={head ?? 'mean'}
            type="button"
            class="head-choice"
            aria-pressed={head === place.head}
            onClick={() => choose(place.layer, head)}
          >
            <HeadMap subject={subject} layer={place.layer} head={head} />
            <span>{head === undefined ? 'Mean' : `Head ${head + 1}`}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

/** Describes the kind of a layer's attention, and its shape. */
function describeLayer(layer: Subject['study']['layers'][number]): string {
  const { kind, heads, keyValueHeads, groupLength, blockLength, windowLength } = layer;
  return [
    `${kind} attention`,
    groupLength !== undefined &&
      `${groupLength} tokens of a group are seen as one, once it has ended`,
    blockLength !== undefined && `in blocks of ${blockLength} tokens`,
    windowLength !== undefined && `to the last ${windowLength} tokens`,
    keyValueHeads < heads && `${heads / keyValueHeads} heads share keys and values`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** A small picture of the attention of a head. */
function HeadMap(props: {
  readonly subject: Subject;
  readonly layer: number;
  readonly head: number | undefined;
}): JSX.Element {
  const { subject, layer, head } = props;
  const { model, prompt } = subject;
  const weights = useAnswer('attention', {
    model: model.id,
    prompt,
    layer,
    ...(head !== undefined && { head }),
  })?.answer.weights;
  const url = useMemo(() => weights && paintRows(weights), [weights]);
  return url === undefined ? <span class="head-map" /> : <img class="head-map" src={url} alt="" />;
}

/** The colour of attention; its opacity is the weight. */
const COLOUR = [84, 104, 240] as const;

/** Paints weights from 0 to 1, one pixel each, and returns the picture's URL. */
export function paintRows(rows: Rows): string {
  const width = Math.max(1, ...rows.map(({ length }) => length));
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = Math.max(1, rows.length);
  const context = canvas.getContext('2d');
  if (!context) return '';
  const image = context.createImageData(canvas.width, canvas.height);
  rows.forEach((row, y) =>
    row.forEach((weight, x) => {
      // The square root makes small weights visible.
      const opacity = Math.round(255 * Math.sqrt(weight ?? 0));
      image.data.set([...COLOUR, opacity], 4 * (y * width + x));
    }),
  );
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}
