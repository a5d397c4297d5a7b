import type { Sheet } from './sheet.js';
import { sheetBars } from './sheet-bars.js';
import { writePart } from './write-part.js';
import { xmlElement, xmlText } from './xml-element.js';

const HEAD = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">',
];
const IDENTIFICATION = xmlElement('identification', {}, [
  xmlElement('encoding', {}, [
    xmlText('software', 'ramble'),
    xmlElement('supports', { element: 'accidental', type: 'yes' }),
    xmlElement('supports', { element: 'beam', type: 'yes' }),
  ]),
]);
/** A bracket before several parts. */
const GROUP_START = xmlElement('part-group', { number: 1, type: 'start' }, [
  xmlText('group-symbol', 'bracket'),
]);
const GROUP_STOP = xmlElement('part-group', { number: 1, type: 'stop' });

/**
 * Writes sheet music as MusicXML 4.0: bars that are filled exactly, with ties, beams and accidentals,
 * spelt by the key. Music without notes is a bar of rest.
 *
 * @see https://www.w3.org/2021/06/musicxml40/
 */
export function writeMusicXml(sheet: Sheet): string {
  const ends = sheet.parts.flatMap(({ staves }) =>
    staves.flatMap(({ voices }) => voices.map((voice) => voice.at(-1)?.endSixteenth ?? 0)),
  );
  const bars = sheetBars(sheet, Math.max(...ends));
  const parts = sheet.parts.map((part, i) => ({ ...part, id: `P${i + 1}` }));
  const names = parts.map(({ id, name }) =>
    xmlElement('score-part', { id }, [xmlText('part-name', name)]),
  );
  const score = xmlElement('score-partwise', { version: '4.0' }, [
    xmlElement('work', {}, [xmlText('work-title', sheet.title)]),
    IDENTIFICATION,
    xmlElement('part-list', {}, parts.length > 1 ? [GROUP_START, ...names, GROUP_STOP] : names),
    ...parts.map((part, i) => xmlElement('part', { id: part.id }, writePart(part, bars, i === 0))),
  ]);
  return [...HEAD, score, ''].join('\n');
}
