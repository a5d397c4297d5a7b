import type { NoteAttention } from './note-attention.js';

/** The data of the page's script, as JSON. */
export interface AttentionData extends NoteAttention {
  readonly colours: readonly string[];
}

/**
 * The script of the page: draws the arcs of the note at the slider, and plays. It is written into
 * the page as text, so it uses nothing but its argument and the browser.
 */
export function attentionScript({ notes, nHead, layers, colours }: AttentionData): void {
  const SVG = 'http://www.w3.org/2000/svg';
  const STEPS_PER_SECOND = 100;
  const SEMITONE = 7;
  const AXIS = 26; // below the notes, for seconds
  const LEFT = 34; // space to the left of the notes, for octaves
  const LEAST_SECOND = 64; // pixels

  const find = (id: string): HTMLElement => document.getElementById(id) as HTMLElement; // the page has it
  const make = (
    name: string,
    attributes: Record<string, string | number>,
    text = '',
  ): SVGElement => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    element.textContent = text;
    return element;
  };

  const slider = find('time') as HTMLInputElement;
  const frame = find('frame');
  const playButton = find('play');
  const endStep = Math.max(1, ...notes.map((note) => note.endStep));
  const played = notes.filter((note) => !note.isMelody);
  const asked = played.length > 0 ? played : notes; // notes that can look
  const hidden = new Set<number>(); // heads
  let layer = layers.length - 1;
  let query = asked[asked.length - 1];
  let second = LEAST_SECOND;

  // The roll.
  const lowest = Math.min(...notes.map(({ pitch }) => pitch)) - 2;
  const highest = Math.max(...notes.map(({ pitch }) => pitch)) + 2;
  const height = (highest - lowest + 1) * SEMITONE;
  const x = (step: number): number => LEFT + (step / STEPS_PER_SECOND) * second;
  const y = (pitch: number): number => (highest - pitch) * SEMITONE;
  const bars = new Map<(typeof notes)[number], SVGElement>();
  const arcs = make('g', { fill: 'none', 'stroke-linecap': 'round' });
  const cursor = make('path', { class: 'cursor' });

  function drawRoll(): void {
    const seconds = endStep / STEPS_PER_SECOND;
    second = Math.max(LEAST_SECOND, (frame.clientWidth - LEFT - 8) / seconds);
    const width = Math.ceil(x(endStep) + 8);
    const roll = make('svg', { id: 'roll', width, height: height + AXIS, role: 'img' });
    roll.append(make('title', {}, `${notes.length} notes, ${seconds.toFixed(1)} seconds`));
    for (let pitch = lowest; pitch <= highest; pitch++) {
      const isBlack = [1, 3, 6, 8, 10].includes(pitch % 12);
      const row = { x: LEFT, width: width - LEFT, y: y(pitch), height: SEMITONE };
      if (isBlack) roll.append(make('rect', { ...row, class: 'black' }));
      if (pitch % 12 !== 0) continue;
      roll.append(make('path', { class: 'line', d: `M${LEFT} ${y(pitch) + SEMITONE}H${width}` }));
      roll.append(
        make(
          'text',
          { x: LEFT - 6, y: y(pitch) + SEMITONE, class: 'octave' },
          `C${pitch / 12 - 1}`,
        ),
      );
    }
    for (let at = 0; at <= seconds; at++) {
      roll.append(make('path', { class: 'line', d: `M${x(100 * at)} 0V${height}` }));
      roll.append(make('text', { x: x(100 * at), y: height + 18, class: 'second' }, `${at} s`));
    }
    for (const note of notes) {
      const { startStep, endStep: ends, pitch, velocity, isMelody } = note;
      const bar = make('rect', {
        x: x(startStep),
        y: y(pitch) + 0.5,
        width: Math.max(3, x(ends) - x(startStep) - 0.5),
        height: SEMITONE - 1,
        rx: 1.5,
        class: isMelody ? 'melody' : 'note',
        'fill-opacity': isMelody ? 0 : 0.3 + (0.7 * velocity) / 127,
      });
      bar.addEventListener('click', () => ask(note));
      bars.set(note, bar);
      roll.append(bar);
    }
    roll.append(cursor, arcs);
    frame.replaceChildren(roll);
  }

  /** The arcs of the note that looks, the strongest on top. */
  function drawArcs(): void {
    const own = layers[layer][notes.indexOf(query)];
    const drawn: { head: number; seen: (typeof notes)[number]; weight: number }[] = [];
    for (let i = 0; i < own.length; i += 3) {
      drawn.push({ head: own[i], seen: notes[own[i + 1]], weight: own[i + 2] / 1000 });
    }
    drawn.sort((a, b) => a.weight - b.weight);
    const [fromX, fromY] = [x(query.startStep), y(query.pitch) + SEMITONE / 2];
    arcs.replaceChildren(
      ...drawn
        .filter(({ head }) => !hidden.has(head))
        .map(({ head, seen, weight }) => {
          const [toX, toY] = [x(seen.startStep), y(seen.pitch) + SEMITONE / 2];
          // Heads bend by different amounts, so that arcs to one note do not overlap.
          const bend = (0.12 + (0.2 * head) / nHead) * Math.hypot(fromX - toX, fromY - toY) + 8;
          const [middleX, middleY] = [(fromX + toX) / 2, Math.max(2, (fromY + toY) / 2 - bend)];
          const arc = make('path', {
            d: `M${fromX} ${fromY}Q${middleX} ${middleY} ${toX} ${toY}`,
            stroke: colours[head % colours.length],
            'stroke-width': (1 + 9 * weight).toFixed(2),
            'stroke-opacity': (0.35 + 0.6 * weight).toFixed(2),
          });
          arc.append(
            make('title', {}, `head ${head}: ${(100 * weight).toFixed(1)} % to ${nameOf(seen)}`),
          );
          return arc;
        }),
    );
    for (const [note, bar] of bars) bar.classList.toggle('query', note === query);
    for (let head = 0; head < nHead; head++) {
      const sum = drawn.reduce((total, arc) => total + (arc.head === head ? arc.weight : 0), 0);
      find(`share-${head}`).textContent = `${Math.round(100 * sum)} %`;
    }
    find('query').textContent = nameOf(query);
  }

  function nameOf({ pitch, startStep, isMelody }: (typeof notes)[number]): string {
    const names = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B'];
    const name = `${names[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
    const time = `${(startStep / STEPS_PER_SECOND).toFixed(2)} s`;
    return `${isMelody ? 'melody ' : ''}${name} at ${time}`;
  }

  /** Moves the slider, the cursor and the view to a time. */
  function showTime(step: number): void {
    slider.value = String(Math.round(step));
    slider.setAttribute('aria-valuetext', `${(step / STEPS_PER_SECOND).toFixed(1)} seconds`);
    find('clock').textContent = `${(step / STEPS_PER_SECOND).toFixed(1)} s`;
    cursor.setAttribute('d', `M${x(step)} 0V${height}`);
    const outside =
      x(step) < frame.scrollLeft + LEFT || x(step) > frame.scrollLeft + frame.clientWidth - 40;
    if (outside) frame.scrollLeft = x(step) - frame.clientWidth * 0.6;
  }

  function ask(note: (typeof notes)[number]): void {
    query = note;
    showTime(note.startStep);
    drawArcs();
    if (stop) play(note.startStep);
  }

  /** Shows a time, and the attention of the last note that was struck by then. */
  function seek(step: number): void {
    showTime(step);
    const last = asked.filter(({ startStep }) => startStep <= step).at(-1) ?? asked[0];
    if (last === query) return;
    query = last;
    drawArcs();
  }

  // Playback: a few voices of Web Audio, each note scheduled shortly before it sounds.
  let context: AudioContext | undefined;
  let stop: (() => void) | undefined;

  function play(fromStep: number): void {
    stop?.();
    const audio = (context ??= new AudioContext());
    void audio.resume();
    const master = audio.createGain();
    master.gain.value = 0.25;
    const limiter = audio.createDynamicsCompressor();
    master.connect(limiter).connect(audio.destination);
    const start = audio.currentTime + 0.06 - fromStep / STEPS_PER_SECOND;
    const waiting = asked.filter(({ startStep }) => startStep >= fromStep);
    const timer = setInterval(() => {
      while (
        waiting.length > 0 &&
        start + waiting[0].startStep / STEPS_PER_SECOND < audio.currentTime + 0.3
      ) {
        strike(audio, master, waiting.shift() as (typeof notes)[number], start); // there is one
      }
      const step = (audio.currentTime - start) * STEPS_PER_SECOND;
      seek(Math.min(endStep, Math.max(fromStep, step)));
      if (step > endStep + 50) stop?.();
    }, 30);
    stop = () => {
      clearInterval(timer);
      master.gain.setTargetAtTime(0, audio.currentTime, 0.02);
      stop = undefined;
      showPlaying();
    };
    showPlaying();
  }

  function strike(
    audio: AudioContext,
    master: AudioNode,
    note: (typeof notes)[number],
    start: number,
  ): void {
    const [on, off] = [note.startStep, note.endStep].map((step) => start + step / STEPS_PER_SECOND);
    const at = Math.max(on, audio.currentTime);
    const loudness = (note.velocity / 127) ** 1.5;
    const envelope = audio.createGain();
    envelope.gain.setValueAtTime(0, at);
    envelope.gain.linearRampToValueAtTime(loudness, at + 0.005);
    envelope.gain.setTargetAtTime(loudness * 0.15, at + 0.005, 0.9);
    envelope.gain.setTargetAtTime(0, Math.max(off, at + 0.03), 0.06);
    envelope.connect(master);
    const frequency = 440 * 2 ** ((note.pitch - 69) / 12);
    for (const [multiple, gain] of [
      [1, 0.8],
      [2, 0.2],
    ]) {
      const voice = audio.createOscillator();
      voice.type = 'triangle';
      voice.frequency.value = frequency * multiple;
      const share = audio.createGain();
      share.gain.value = gain;
      voice.connect(share).connect(envelope);
      voice.start(at);
      voice.stop(Math.max(off, at + 0.03) + 0.5);
    }
  }

  function showPlaying(): void {
    playButton.textContent = stop ? '❚❚ Pause' : '▶ Play';
  }

  // Controls.
  slider.max = String(endStep);
  slider.addEventListener('input', () => {
    seek(Number(slider.value));
    if (stop) play(Number(slider.value));
  });
  playButton.addEventListener('click', () => {
    if (stop) stop();
    else play(Number(slider.value) >= endStep ? 0 : Number(slider.value));
  });
  for (const [id, by] of [
    ['before', -1],
    ['behind', 1],
  ] as const) {
    find(id).addEventListener('click', () => {
      const index = asked.indexOf(query) + by;
      if (index >= 0 && index < asked.length) ask(asked[index]);
    });
  }
  layers.forEach((_, index) => {
    find(`layer-${index}`).addEventListener('click', () => {
      find(`layer-${layer}`).setAttribute('aria-pressed', 'false');
      layer = index;
      find(`layer-${layer}`).setAttribute('aria-pressed', 'true');
      drawArcs();
    });
  });
  for (let head = 0; head < nHead; head++) {
    const chip = find(`head-${head}`);
    chip.addEventListener('click', () => {
      if (!hidden.delete(head)) hidden.add(head);
      chip.setAttribute('aria-pressed', String(!hidden.has(head)));
      drawArcs();
    });
  }
  addEventListener('resize', () => {
    drawRoll();
    showTime(Number(slider.value));
    drawArcs();
  });
  drawRoll();
  ask(query);
}
