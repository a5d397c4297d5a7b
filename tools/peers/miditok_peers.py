"""What MidiTok's REMI makes of MIDI files. Run by `tools/peers/run-miditok`:

  vocabulary            a line of JSON a variant: its settings, and the names of all tokens in the order of
                        their ids
  ids FOLDER            a line of JSON a file: for each variant the ids of the file, and what they are decoded to
  digests FOLDER        the same with their numbers and hashes in place of lists
  decode                a line of JSON for each of some lists of ids that no encoder wrote: what they are decoded to
"""

import hashlib
import json
import random
import sys
import warnings
from pathlib import Path

from miditok import REMI, TokenizerConfig, TokSequence
from symusic import Score

warnings.filterwarnings("ignore")

# Settings by the names that ramble gives them.
VARIANTS = {
    "plain": {},
    "rests": {"rests": True},
    "chords": {"chords": True},
    "all": {"rests": True, "chords": True},
    "no-tempos": {"tempos": False},
    "duplicates": {"uniqueNotes": False},
    "fine": {"positionsPerBeat": 12, "velocities": 127, "rests": True},
    "coarse": {"positionsPerBeat": 4, "velocities": 8, "tracks": "0-5,bass,drums"},
}
# Programs 0 to 5, those of the basses, and drums.
PROGRAMS = [*range(6), *range(32, 40), -1]


def tokenizer(settings):
    positions = settings.get("positionsPerBeat", 8)
    return REMI(
        TokenizerConfig(
            use_programs=True,
            one_token_stream_for_programs=True,
            use_time_signatures=True,
            use_tempos=settings.get("tempos", True),
            use_rests=settings.get("rests", False),
            use_chords=settings.get("chords", False),
            remove_duplicated_notes=settings.get("uniqueNotes", True),
            num_velocities=settings.get("velocities", 32),
            beat_res={(0, 4): positions, (4, 12): positions // 2},
            beat_res_rest={(0, 1): positions, (1, 2): positions // 2, (2, 12): positions // 4},
            **({"programs": PROGRAMS} if "tracks" in settings else {}),
        )
    )


def decoded(remi, ids):
    score = remi.decode(TokSequence(ids=list(ids)))
    return {
        "ticksPerQuarter": score.ticks_per_quarter,
        "parts": [
            [
                -1 if track.is_drum else track.program,
                [[note.time, note.duration, note.pitch, note.velocity] for note in track.notes],
            ]
            for track in score.tracks
        ],
        "tempos": [[tempo.time, tempo.mspq] for tempo in score.tempos],
        "timeSignatures": [[t.time, t.numerator, t.denominator] for t in score.time_signatures],
    }


def sha256(value):
    text = json.dumps(value, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def digest(made):
    music = made["decoded"]
    return {
        "length": len(made["ids"]),
        "ids": sha256(made["ids"]),
        "notes": sum(len(notes) for _, notes in music["parts"]),
        "decoded": sha256(music),
    }


def vocabulary():
    for name, settings in VARIANTS.items():
        names = list(tokenizer(settings).vocab)
        print(json.dumps({"variant": name, "settings": settings, "names": names}))


def ids(folder, shorten=lambda made: made):
    remis = {name: tokenizer(settings) for name, settings in VARIANTS.items()}
    for path in sorted(Path(folder).rglob("*.mid")):
        line = {"file": str(path.relative_to(folder))}
        try:
            score = Score(path)
        except Exception as error:  # of several kinds, by what is wrong with the file
            line["refusal"] = f"{type(error).__name__}: {error}"
            print(json.dumps(line), flush=True)
            continue
        line["variants"] = {}
        for name, remi in remis.items():
            written = list(remi.encode(score).ids)
            line["variants"][name] = shorten({"ids": written, "decoded": decoded(remi, written)})
        print(json.dumps(line), flush=True)


def decode():
    chance = random.Random(7)
    for name, settings in VARIANTS.items():
        remi = tokenizer(settings)
        names = list(remi.vocab)
        weights = [8 if n.startswith(("Bar", "Time")) else 1 for n in names]
        starts = {kind: [i for i, n in enumerate(names) if n.split("_")[0] == kind] for kind in
                  {n.split("_")[0] for n in names}}
        note = ["Position", "Program", "Pitch", "Velocity", "Duration"]
        for length in [0, 1, 9, 40, 160]:
            # Partly whole notes, partly anything.
            drawn = []
            while len(drawn) < length:
                if chance.random() < 0.5:
                    drawn += [chance.choice(starts[kind]) for kind in note]
                else:
                    drawn += chance.choices(range(len(names)), weights)
            drawn = drawn[:length]
            print(json.dumps({"variant": name, "ids": drawn, "decoded": decoded(remi, drawn)}))


verb, *words = sys.argv[1:]
if verb == "digests":
    ids(words[0], digest)
else:
    {"vocabulary": vocabulary, "ids": ids, "decode": decode}[verb](*words)
