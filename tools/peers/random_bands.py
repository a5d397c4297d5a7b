"""Writes random MIDI files of several instruments, with what is unusual in them:

  random_bands.py FOLDER COUNT SEED

Tempos and time signatures at one tick, within bars and in any track; time signatures that no vocabulary
has; programs that several tracks have or that change under a note; drums; notes of no length, notes that
overlap, notes that never end, notes outside of all ranges; lyrics; events behind the end of a track.
"""

import random
import sys
from pathlib import Path

SIGNATURES = [(4, 4), (4, 4), (3, 4), (2, 4), (6, 8), (12, 8), (3, 8), (7, 8), (2, 2), (5, 4)]


def number(value):
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.insert(0, (value & 0x7F) | 0x80)
    return bytes(digits)


def track(events, behind=b""):
    body, now = b"", 0
    for tick, data in sorted(events, key=lambda event: event[0]):
        body += number(tick - now) + data
        now = tick
    body += b"\x00\xff\x2f\x00" + behind
    return b"MTrk" + len(body).to_bytes(4, "big") + body


def meta(kind, data):
    return bytes([0xFF, kind]) + number(len(data)) + data


def piece(chance):
    division = chance.choice([8, 16, 24, 96, 120, 480])
    bars = chance.randint(1, 6)
    length = 4 * bars * division
    grid = max(1, division // chance.choice([1, 2, 4, 8]))

    def tick():
        at = chance.randrange(length)
        return at // grid * grid if chance.random() < 0.7 else at

    def changes():
        events = []
        for _ in range(chance.choice([0, 1, 2, 4])):
            events.append((tick(), meta(0x51, chance.randint(150_000, 2_000_000).to_bytes(3, "big"))))
        for _ in range(chance.choice([0, 1, 2, 4])):
            beats, beat_type = chance.choice(SIGNATURES)
            data = bytes([beats, beat_type.bit_length() - 1, 24, 8])
            events.append((chance.choice([0, tick()]), meta(0x58, data)))
        return events

    def notes(channel):
        events = [(0, bytes([0xC0 | channel, chance.choice([0, 0, 33, 40, 73])]))]
        pitches = chance.sample(range(16, 116), 4)
        for _ in range(chance.randint(0, 12)):
            start, pitch = tick(), chance.choice(pitches)
            end = start + chance.choice([0, grid, grid, 2 * grid, chance.randrange(20 * division)])
            events.append((start, bytes([0x90 | channel, pitch, chance.randint(1, 127)])))
            if chance.random() < 0.9:
                events.append((end, bytes([0x80 | channel, pitch, 0])))
        if chance.random() < 0.3:
            events.append((tick(), bytes([0xC0 | channel, chance.choice([0, 33, 73])])))
        if chance.random() < 0.3:
            events.append((tick(), bytes([0xB0 | channel, 64, chance.randrange(128)])))
        if chance.random() < 0.2:
            events.append((tick(), meta(0x05, b"la")))
        return events

    tracks = [track(changes())]
    for _ in range(chance.randint(0, 4)):
        events = [event for _ in range(2) for event in notes(chance.choice([0, 1, 9, 15]))]
        late = b"\x00\x90\x40\x40\x10\x80\x40\x00" if chance.random() < 0.2 else b""
        tracks.append(track(events + (changes() if chance.random() < 0.2 else []), late))
    header = b"".join(value.to_bytes(2, "big") for value in (1, len(tracks), division))
    return b"MThd" + (6).to_bytes(4, "big") + header + b"".join(tracks)


folder, count, seed = sys.argv[1:]
Path(folder).mkdir(parents=True, exist_ok=True)
for index in range(int(count)):
    chance = random.Random(f"{seed}.{index}")
    Path(folder, f"band-{index}.mid").write_bytes(piece(chance))
