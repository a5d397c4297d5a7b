import { Parser } from 'htmlparser2';

/** An element of a document, or the document, with as much of the DOM as the tests read. */
export class XmlElement {
  readonly children: XmlElement[] = [];
  textContent = '';

  constructor(
    readonly tagName: string,
    private readonly attributes: Readonly<Record<string, string>>,
    readonly parentElement?: XmlElement,
  ) {}

  getAttribute(name: string): string | null {
    return this.attributes[name] ?? null;
  }

  /** Returns the descendants with a name (`tie`), or with a name and an attribute (`tie[type=start]`). */
  querySelectorAll(selector: string): XmlElement[] {
    const [, tag, name, value] = /^([\w-]+)(?:\[(\w+)=(\w+)\])?$/.exec(selector) ?? [];
    return this.children.flatMap((child) => [
      ...(child.tagName === tag && (!name || child.getAttribute(name) === value) ? [child] : []),
      ...child.querySelectorAll(selector),
    ]);
  }

  querySelector(selector: string): XmlElement | null {
    return this.querySelectorAll(selector).at(0) ?? null;
  }
}

/** Content of a staff of MusicXML. */
export interface ReadStaff {
  /** Notes as `start end pitch` in sixteenths, ties joined, sorted. */
  readonly notes: readonly string[];
  /** Length of each voice in each bar, in sixteenths. */
  readonly voiceLengths: readonly number[];
}

/**
 * Reads MusicXML literally: durations, backups, ties. A tie continues the note of its pitch that ends at its
 * position.
 */
export function readMusicXml(text: string): readonly ReadStaff[] {
  return allOf(parseXml(text), 'part').flatMap((part) => {
    const notes: Record<string, { start: number; end: number; pitch: number }[]> = {};
    const lengths: Record<string, number[]> = {};
    let barStart = 0;
    let divisions = 1;
    for (const measure of allOf(part, 'measure')) {
      let [now, lastStart] = [barStart, barStart];
      const voices = new Map<string, number>();
      for (const element of measure.children) {
        divisions = numberIn(element, 'divisions') || divisions;
        const sixteenths = (4 * numberIn(element, 'duration')) / divisions;
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
export function parseXml(text: string): XmlElement {
  const root = new XmlElement('', {});
  const open = [root];
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        const parent = open.at(-1) ?? root;
        const element = new XmlElement(name, attributes, parent);
        parent.children.push(element);
        open.push(element);
      },
      ontext: (part) => open.forEach((element) => (element.textContent += part)),
      onclosetag: () => void open.pop(),
    },
    { xmlMode: true },
  );
  parser.end(text);
  return root;
}

/** Returns all descendants with a name. */
export function allOf(root: XmlElement, name: string): XmlElement[] {
  return root.querySelectorAll(name);
}

/** Returns the text of the first descendant with a name, if one exists. */
export function textIn(root: XmlElement, name: string): string | undefined {
  return root.querySelector(name)?.textContent;
}

function numberIn(root: XmlElement, name: string): number {
  return Number(textIn(root, name) ?? 0);
}

function pitchOf(note: XmlElement): number {
  const natural = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 }[textIn(note, 'step') ?? ''] ?? NaN;
  return 12 * (numberIn(note, 'octave') + 1) + natural + numberIn(note, 'alter');
}
