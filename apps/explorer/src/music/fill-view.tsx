import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { download, LinkButton, NumberField } from '../shell/buttons.js';
import { fromBase64 } from '../state/format.js';
import type { Writing } from '../write/writing.js';
import { type CurrentPiece, type FillSession, fillSessionOf, type Takes } from './fill-session.js';
import Piece, { notesIn } from './piece.js';
import { DragField, RegionMark } from './roll.js';

/** Number of seconds before a region at which its first playback begins. */
const LEAD_IN = 1;

/** Work on a piece: a region is selected and written anew in three takes, one take is kept, and steps are undone. */
export default function FillView({ writing }: { readonly writing: Writing }): JSX.Element {
  const fill = fillSessionOf(writing);
  const [piece, [from, to]] = [fill.piece.value, fill.regionSeconds];
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') fill.writing.stop();
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.stopPropagation(); // the form would start an output
    void fill.ask();
  };
  return (
    <div class="fill" onKeyDown={onKeyDown}>
      <p class="hint">
        Select a part of a piece: the model writes it anew in three takes. All else stays as it is.
      </p>
      <Sources fill={fill} />
      {piece && (
        <section class="fill-piece" aria-label="Piece">
          <Piece
            base64={piece.base64}
            name={piece.name}
            from={Math.max(0, from - LEAD_IN)}
            overlay={(scale) => (
              <>
                <RegionMark {...{ scale, from, to, bars: piece.bars }} />
                <DragField scale={scale} onSelect={(...ends) => fill.select(...ends)} />
              </>
            )}
          >
            <History fill={fill} piece={piece} />
          </Piece>
          <Region fill={fill} piece={piece} />
        </section>
      )}
      <State fill={fill} />
      {fill.takes.value && <TakeList fill={fill} takes={fill.takes.value} />}
    </div>
  );
}

/** Opens a piece: a file or an output. */
function Sources({ fill }: { readonly fill: FillSession }): JSX.Element {
  const { outputs, model } = fill.form;
  const open = async (file: File | undefined): Promise<void> => {
    if (file) fill.open(file.name, new Uint8Array(await file.arrayBuffer()));
  };
  return (
    <div class="fill-row">
      <label>
        A piece to work on, MIDI or MusicXML{' '}
        <input
          type="file"
          accept=".mid,.midi,.musicxml,.mxl"
          onChange={({ currentTarget }) => void open(currentTarget.files?.[0])}
        />
      </label>
      {outputs.value.map(({ artifact: { value } }, i) => {
        if (value?.kind !== 'file') return null;
        const use = (): void => fill.open(`${model.id}-${i + 1}.mid`, fromBase64(value.base64));
        return <LinkButton key={i} label={`Use output ${i + 1}`} onClick={use} />;
      })}
    </div>
  );
}

/** Undo and redo, and the piece as MusicXML. */
function History(props: { readonly fill: FillSession; readonly piece: CurrentPiece }): JSX.Element {
  const { fill, piece } = props;
  const { versions, at } = fill.form.history.value;
  const saveSheet = (): void => {
    try {
      download(new Blob([fill.musicXml(piece)]), piece.name.replace(/\.\w+$/, '.musicxml'));
    } catch (error) {
      fill.form.session.complain(error);
    }
  };
  return (
    <>
      <button type="button" class="button" onClick={saveSheet}>
        Download MusicXML
      </button>
      <button type="button" class="button" disabled={at === 0} onClick={() => fill.move(-1)}>
        Undo
      </button>
      <button
        type="button"
        class="button"
        disabled={at === versions.length - 1}
        onClick={() => fill.move(1)}
      >
        Redo
      </button>
      <span class="piece-time">
        {piece.name}, version {at + 1} of {versions.length}
      </span>
    </>
  );
}

/** The ends of the region, the tracks that are kept, and the button that requests takes. */
function Region(props: { readonly fill: FillSession; readonly piece: CurrentPiece }): JSX.Element {
  const { fill, piece } = props;
  const { bars, tracks, seconds } = piece;
  const [from, to] = fill.range;
  const locked = fill.locked.value;
  const isWriting = fill.writing.isWriting.value;
  const isAllLocked = tracks.length > 0 && tracks.every(({ program }) => locked.has(program));
  const limits = bars
    ? { min: 1, max: bars.length - 1, step: 1 }
    : { min: 0, max: Math.ceil(10 * seconds) / 10, step: 0.1 };
  const field = (end: string, value: number, rangeOf: (value: number) => [number, number]) => (
    <NumberField
      {...{ ...limits, value, label: `${end} ${bars ? 'bar' : 'second'}` }}
      onChange={(changed) => (fill.given.value = rangeOf(changed))}
    />
  );
  return (
    <div class="fill-row">
      {field('from', from, (value) => [value, to])}
      {field('to', to, (value) => [from, value])}
      {tracks.length > 0 && (
        <fieldset class="fill-tracks">
          <legend>Locked tracks</legend>
          {tracks.map(({ program, name }) => (
            <label key={program} class="check">
              <input
                type="checkbox"
                checked={locked.has(program)}
                onChange={() => fill.toggleLock(program)}
              />
              {name}
            </label>
          ))}
        </fieldset>
      )}
      <button
        type="button"
        class="button button-main"
        disabled={isAllLocked && !isWriting}
        onClick={() => (isWriting ? fill.writing.stop() : void fill.ask())}
      >
        {isWriting ? 'Stop' : 'Write three takes'}
      </button>
      {isAllLocked && <p class="hint">Unlock a track to write it anew.</p>}
    </div>
  );
}

/** The current or last work of the model, also for screen readers. */
function State({ fill }: { readonly fill: FillSession }): JSX.Element {
  const { isWriting, encoded } = fill.writing;
  const region = fill.takes.value?.region;
  const takes = isWriting.value
    ? `Writing three takes of ${region} …`
    : `Three takes of ${region}.`;
  return (
    <p class="hint" role="status">
      {region !== undefined && [takes, encoded.value?.cut].join(' ')}
    </p>
  );
}

/** The takes, with their new notes highlighted. */
function TakeList(props: { readonly fill: FillSession; readonly takes: Takes }): JSX.Element {
  const { fill, takes } = props;
  const { outputs, startSeconds: from, endSeconds: to, region, isNew } = takes;
  const files = outputs.flatMap(({ artifact: { value } }) =>
    value?.kind === 'file' ? [value.base64] : [],
  );
  const pitches = useMemo(
    () => files.flatMap((file) => notesIn('take.mid', file).map(({ pitch }) => pitch)),
    [files.join()],
  );
  return (
    <>
      {outputs.map((output, i) => {
        const artifact = output.artifact.value;
        if (artifact?.kind !== 'file') return null;
        const isKept = artifact.base64 === fill.piece.value?.base64;
        return (
          <section key={i} class="fill-take" aria-label={`Take ${i + 1} of ${region}`}>
            <h2>Take {i + 1}</h2>
            <Piece
              base64={artifact.base64}
              name={`take-${i + 1}.mid`}
              overlay={(scale) => <RegionMark {...{ scale, from, to }} />}
              from={Math.max(0, from - LEAD_IN)}
              isNew={isNew}
              pitches={pitches}
            >
              <button
                type="button"
                class={isKept ? 'button' : 'button button-main'}
                aria-pressed={isKept}
                disabled={fill.writing.isWriting.value}
                onClick={() => fill.keep(output)}
              >
                {isKept ? 'Kept' : `Keep take ${i + 1}`}
              </button>
            </Piece>
          </section>
        );
      })}
    </>
  );
}
