import { DOMParser } from 'linkedom';

/** A document or an element of it. */
export type Root = Pick<ParentNode, 'querySelector' | 'querySelectorAll'>;

/** Content of a staff of MusicXML. */
export interface ReadStaff {
  /** Notes as `start end pitch` in sixteenths, ties joined, sorted. */
  readonly notes: readonly string[];
  /** Length of each voice in each bar, in sixteenths. */
  readonly voiceLengths: readonly number[];
}

/**
 * Reads MusicXML literally: durations, backups, ties. A tie continues a note of its pitch that ends
 * there.
 */
export function readMusicXml(text: string): readonly ReadStaff[] {
  return allOf(parseXml(text), 'part').flatMap((part) => {
    const notes: Record<string, { start: number; end: number; pitch: number }[]> = {};
    const lengths: Record<string, number[]> = {};
    let barStart = 0;
    for (const measure of allOf(part, 'measure')) {
      let [now, lastStart] = [barStart, barStart];
      const voices = new Map<string, number>();
      for (const element of Array.from(measure.children)) {
        const sixteenths = numberIn(element, 'duration');
        if (element.tagName === 'backup') now -= sixteenths;
        if (element.tagName !== 'note') continue;
        const staff = textIn(element, 'staff') ?? '1';
        const isInChord = element.querySelector('chord') !== null;
        const start = isInChord ? lastStart : now;
        now = start + sixteenths;
        lastStart = start;
        const voice = `${staff} ${textIn(element, 'voice')}`;
        if (!isInChord) voices.set(voice, (voices.get(voice) ?? 0) + sixteenths);
        if (element.querySelector('rest')) continue;
        const pitch = pitchOf(element);
        const known = (notes[staff] ??= []);
        const isTiedBack = element.querySelector('tie[type=stop]') !== null;
        const held = known.find((note) => note.pitch === pitch && note.end === start);
        if (isTiedBack && held) held.end = now;
        else known.push({ start, end: now, pitch });
      }
      for (const [voice, length] of voices) (lengths[voice.split(' ')[0]] ??= []).push(length);
      barStart += Math.max(...voices.values());
    }
    return Object.keys(lengths).map((staff) => ({
      notes: (notes[staff] ?? []).map(({ start, end, pitch }) => `${start} ${end} ${pitch}`).sort(),
      voiceLengths: lengths[staff],
    }));
  });
}

/** Parses XML. */
export function parseXml(text: string): Root {
  return new DOMParser().parseFromString(text, 'text/xml');
}

/** The elements of a name. */
export function allOf(root: Root, name: string): Element[] {
  return Array.from(root.querySelectorAll(name));
}

/** The text of the first element of a name, if there is one. */
export function textIn(root: Root, name: string): string | undefined {
  return root.querySelector(name)?.textContent;
}

function numberIn(root: Root, name: string): number {
  return Number(textIn(root, name) ?? 0);
}

function pitchOf(note: Element): number {
  const natural = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 }[textIn(note, 'step') ?? ''] ?? NaN;
  return 12 * (numberIn(note, 'octave') + 1) + natural + numberIn(note, 'alter');
}
