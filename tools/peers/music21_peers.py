"""What music21 reads from MusicXML. Run by `tools/peers/run-music21`:

  FOLDER [SCHEMA]   a line of JSON a file of FOLDER: its notes by staff, each [start, end, pitch] in
                    twelfths of a quarter with ties joined; its keys, time signatures and tempos, each [start, ...];
                    the bars that are not exactly filled; and, with the folder SCHEMA of github.com/w3c/musicxml, what its XSD has against the file.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path

from lxml import etree
from music21 import converter, stream


def staff_notes(staff):
    """Notes of a staff, [start, end, pitch] in twelfths of a quarter; a tie goes on with a note that ends there."""
    pieces = []
    for element in staff.flatten().notes:
        start = Fraction(element.offset) * 12
        end = start + Fraction(element.quarterLength) * 12
        for single in element.notes if element.isChord else [element]:
            tie = single.tie.type if single.tie else None
            pieces.append([start, end, single.pitch.midi, tie in ("stop", "continue")])
    notes, last = [], {}
    for start, end, pitch, goes_on in sorted(pieces):
        if goes_on:
            held = last[pitch]
            if held[1] != start:
                raise ValueError(f"a tie to {pitch} at {start} comes from nowhere")
            held[1] = end
        else:
            last[pitch] = [start, end, pitch]
            notes.append(last[pitch])
    return [[int(start), int(end), pitch] for start, end, pitch in sorted(notes)]


def unfilled_bars(staff):
    """Numbers of the bars with a voice whose notes and rests do not follow one another to its end.

    A bar that is implicit, which has no number, is as long as its first voice.
    """
    wrong = []
    for bar in staff.getElementsByClass(stream.Measure):
        voices = list(bar.voices) or [bar]
        is_implicit = bar.showNumber == stream.enums.ShowNumber.NEVER
        length = (voices[0] if is_implicit else bar.barDuration).quarterLength
        for voice in voices:
            now = Fraction(0)
            for element in voice.notesAndRests:
                if Fraction(element.offset) != now:
                    wrong.append(bar.number)
                now += Fraction(element.quarterLength)
            if now != Fraction(length):
                wrong.append(bar.number)
    return wrong


def at(element):
    """Its place in twelfths of a quarter."""
    return int(Fraction(element.offset) * 12)


def main(folder, schema_folder=None):
    schema = schema_folder and load_schema(Path(schema_folder))
    for path in sorted(Path(folder).glob("*.musicxml")):
        errors = []
        if schema and not schema.validate(etree.parse(str(path))):
            errors = [f"{error.line}: {error.message}" for error in schema.error_log]
        score = converter.parse(path, format="musicxml", forceSource=True)
        first = score.parts[0].flatten()
        times = first.getElementsByClass("TimeSignature")
        print(
            json.dumps(
                {
                    "file": path.name,
                    "staves": [staff_notes(staff) for staff in score.parts],
                    "unfilled": [bar for staff in score.parts for bar in unfilled_bars(staff)],
                    "keys": [[at(key), key.sharps, key.mode] for key in first.getElementsByClass("Key")],
                    "times": [[at(time), time.numerator, time.denominator] for time in times],
                    "tempos": [
                        [at(mark), mark.number] for mark in first.getElementsByClass("MetronomeMark")
                    ],
                    "errors": errors,
                }
            ),
            flush=True,
        )


def load_schema(folder):
    """The schema with the files beside it, instead of those at the addresses that it names."""

    class Beside(etree.Resolver):
        def resolve(self, url, public_id, context):
            return self.resolve_filename(str(folder / Path(url).name), context)

    parser = etree.XMLParser()
    parser.resolvers.add(Beside())
    return etree.XMLSchema(etree.parse(str(folder / "musicxml.xsd"), parser))


main(*sys.argv[1:])
