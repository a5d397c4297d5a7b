/**
 * Compares the MusicXML of chorales and of quantized performances with the reading of music21: the start, end and
 * pitch of every note, keys, time signatures and tempos, and that every bar is filled exactly.
 *   check-musicxml.mjs CHORALES FOLDER [SCHEMA]
 * CHORALES is a JSON file of chorales or `Jsb16thSeparated.json` itself, FOLDER has MIDI files, and SCHEMA is the
 * folder `schema` of github.com/w3c/musicxml, by whose XSD the files are checked too.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  applyPedal,
  choraleSheet,
  onGrid,
  parseMeter,
  parseMidi,
  performanceSheet,
  promptMeter,
  writeMusicXml,
} from '@ramble/music';

const [choraleFile, midiFolder, ...schema] = process.argv.slice(2);
const chorales = Object.values(JSON.parse(readFileSync(choraleFile, 'utf8'))).flatMap((list) =>
  Array.isArray(list[0]?.[0]) ? list : [list],
);
const sheets = new Map([
  ...chorales.map((chorale, i) => [`chorale-${i + 1}.musicxml`, choraleSheet(chorale)]),
  ...readdirSync(midiFolder)
    .filter((file) => file.endsWith('.mid'))
    .map((file) => {
      const bytes = readFileSync(join(midiFolder, file));
      const piece = { ...parseMidi(file, bytes), meter: parseMeter(file, bytes) };
      const sheet = performanceSheet(onGrid(applyPedal(piece)), promptMeter({ piece }));
      return [`${file}.musicxml`, { ...sheet, title: file }];
    }),
]);

const folder = mkdtempSync(join(tmpdir(), 'ramble-musicxml-'));
let [notes, wrong] = [0, 0];
try {
  for (const [file, sheet] of sheets) writeFileSync(join(folder, file), writeMusicXml(sheet));
  const printed = execFileSync(
    join(import.meta.dirname, 'peers/run-music21'),
    [folder, ...schema],
    { encoding: 'utf8', maxBuffer: 1e9 },
  );
  const lines = printed.trim().split('\n');
  if (lines.length !== sheets.size) report(`${sheets.size} files written, ${lines.length} read`);
  for (const line of lines) compare(JSON.parse(line));
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`${sheets.size} files with ${notes} notes, ${wrong} differences`);

function compare({ file, staves, unfilled, keys, times, tempos, errors }) {
  const sheet = sheets.get(file);
  const expected = sheet.parts.flatMap((part) => part.staves.map(notesOf));
  notes += expected.flat().length;
  if (JSON.stringify(staves) !== JSON.stringify(expected)) report(`${file}: other notes`);
  if (unfilled.length > 0) report(`${file}: bars that are not filled: ${unfilled.join(', ')}`);
  const { tempoBpm, key, changes = [] } = sheet;
  const commonTime = { beats: 4, beatType: 4 };
  const all = [{ division: 0, time: commonTime, tempoBpm, key }, ...changes];
  const end = Math.max(...expected.flat().map(([, noteEnd]) => noteEnd));
  const compareRows = (what, rows, valuesOf) => {
    const written = all.flatMap((change) => {
      const values = valuesOf(change);
      return values ? [[change.division, ...values]] : [];
    });
    const [a, b] = [rows, written].map((list) => JSON.stringify(newRows(list, end)));
    if (a !== b) report(`${file}: other ${what}`);
  };
  compareRows('time signatures', times, ({ time }) => time && timeRow(time));
  compareRows('tempos', tempos, ({ tempoBpm }) => tempoBpm && [Math.round(tempoBpm)]);
  compareRows('keys', keys, ({ key }) => key && [key.fifths, key.mode]);
  for (const error of errors) report(`${file}: ${error}`);
}

/** A time signature in notation: in sixteenths if its bars are not a whole number of them. */
function timeRow({ beats, beatType }) {
  const sixteenths = (16 * beats) / beatType;
  return Number.isInteger(sixteenths) ? [beats, beatType] : [Math.round(sixteenths), 16];
}

/**
 * Returns the rows `[position, …values]` that begin before `end`: the last one of each position, without rows that
 * repeat the previous values.
 */
function newRows(rows, end) {
  const last = new Map(rows.filter(([at]) => at === 0 || at < end).map((row) => [row[0], row]));
  return [...last.values()].filter(
    (row, i, list) => i === 0 || row.slice(1).join() !== list[i - 1].slice(1).join(),
  );
}

/** Returns notes in the form and order of music21_peers.py. */
function notesOf({ voices }) {
  return voices
    .flat()
    .map(({ startDivision, endDivision, pitch }) => [startDivision, endDivision, pitch])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
}

function report(difference) {
  wrong++;
  process.exitCode = 1;
  console.log(`  ${difference}`);
}
