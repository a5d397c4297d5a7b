"""What note-seq, pretty_midi and mido make of MIDI files. Run by `tools/peers/run-midi`:

  ids FOLDER [PART PARTS]   a line of JSON a file: sha256 of note-seq's ids, with and without the pedal,
                            and whether decoding and encoding again gives the same ids
  parse FOLDER              seconds that pretty_midi takes to read all files, once, after a warm-up file
  notes FILE...             a line of JSON a file: [seconds from, to, pitch, velocity] by mido
"""

import hashlib
import importlib.util
import json
import os
import sys
import time
import types
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")


def files_below(folder):
    return sorted(str(path) for path in Path(folder).rglob("*.mid"))


def ids(folder, part="0", parts="1"):
    # note_seq's own __init__ imports plotting and audio libraries; its modules do without.
    spec = importlib.util.find_spec("note_seq")
    package = types.ModuleType("note_seq")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["note_seq"] = package
    from note_seq import midi_io, performance_encoder_decoder, performance_lib, sequences_lib

    coding = performance_encoder_decoder.PerformanceOneHotEncoding(
        num_velocity_bins=32, max_shift_steps=100
    )

    def encode(sequence):
        quantized = sequences_lib.quantize_note_sequence_absolute(sequence, 100)
        performance = performance_lib.Performance(quantized, num_velocity_bins=32)
        return [coding.encode_event(event) for event in performance]

    def decode(tokens):
        performance = performance_lib.Performance(steps_per_second=100, num_velocity_bins=32)
        for token in tokens:
            performance.append(coding.decode_event(token))
        return performance.to_sequence()

    def sha256(tokens):
        return hashlib.sha256(" ".join(map(str, tokens)).encode()).hexdigest()

    for index, path in enumerate(files_below(folder)):
        if index % int(parts) != int(part):
            continue
        sequence = midi_io.midi_file_to_note_sequence(path)
        plain = encode(sequence)
        sustain = encode(sequences_lib.apply_sustain_control_changes(sequence))
        again = encode(decode(sustain))
        line = {
            "file": os.path.relpath(path, folder),
            "plain": sha256(plain),
            "sustain": sha256(sustain),
            "identical": again == sustain,
            "stable": encode(decode(again)) == again,
        }
        print(json.dumps(line), flush=True)


def parse(folder):
    import pretty_midi

    paths = files_below(folder)
    pretty_midi.PrettyMIDI(paths[0])
    start = time.perf_counter()
    notes = sum(
        len(part.notes) for path in paths for part in pretty_midi.PrettyMIDI(path).instruments
    )
    print(json.dumps({"seconds": time.perf_counter() - start, "files": len(paths), "notes": notes}))


def notes(*paths):
    import mido

    for path in paths:
        now, sounding, found = 0.0, {}, []
        # By track: a pitch that sounds twice is written to two of them.
        file = mido.MidiFile(path)
        tempo = next(m.tempo for m in file.tracks[0] if m.type == "set_tempo")
        for track in file.tracks:
            tick = 0
            for message in track:
                tick += message.time
                now = mido.tick2second(tick, file.ticks_per_beat, tempo)
                if message.type == "note_on" and message.velocity > 0:
                    if message.note in sounding:
                        raise ValueError(f"{path}: {message.note} is struck while it sounds")
                    sounding[message.note] = (now, message.velocity)
                elif message.type in ("note_on", "note_off"):
                    start, velocity = sounding.pop(message.note)
                    found.append([round(start, 6), round(now, 6), message.note, velocity])
            if sounding:
                raise ValueError(f"{path}: notes never end: {sorted(sounding)}")
        print(json.dumps(sorted(found)))


{"ids": ids, "parse": parse, "notes": notes}[sys.argv[1]](*sys.argv[2:])
