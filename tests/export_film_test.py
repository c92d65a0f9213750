"""Films that `gradlight export` writes: GIF, read here, and MP4, by a program in the place of ffmpeg."""

import os
import sys
import unittest

from exported import GOOD, OUTPUT, USAGE, Files, export, fixture


def gif_blocks(data, at):
    """The sub-blocks that begin there, joined, and what is behind them."""
    parts = []
    while data[at]:
        parts.append(data[at + 1:at + 1 + data[at]])
        at += 1 + data[at]
    return b"".join(parts), at + 1


def gif_pixels(packed, bits, count):
    """LZW as GIF has it."""
    clear, stop = 1 << bits, (1 << bits) + 1
    out, table, size, was, held, have, at = bytearray(), [], 0, b"", 0, 0, 0
    while len(out) < count:
        while have < size or size == 0:
            if size == 0:
                table, size, was = [bytes([i]) for i in range(clear)] + [b"", b""], bits + 1, b""
                continue
            held |= packed[at] << have
            have, at = have + 8, at + 1
        code, held, have = held & (1 << size) - 1, held >> size, have - size
        if code == clear:
            table, size, was = [bytes([i]) for i in range(clear)] + [b"", b""], bits + 1, b""
            continue
        assert code != stop and code <= len(table)
        word = table[code] if code < len(table) else was + was[:1]
        if was:
            table.append(was + word[:1])
            size += len(table) == 1 << size and size < 12
        out += word
        was = word
    assert len(out) == count
    return bytes(out)


def gif_read(path):
    """Size, palette, and (delay, box, indices) of each picture; whether it is repeated."""
    with open(path, "rb") as file:
        data = file.read()
    assert data[:6] == b"GIF89a" and data[10] & 0x87 == 0x87
    size = tuple(int.from_bytes(data[i:i + 2], "little") for i in (6, 8))
    palette = [data[13 + 3 * i:16 + 3 * i] for i in range(256)]
    at, frames, delay, repeats = 13 + 768, [], 0, False
    while data[at] != 0x3B:
        if data[at] == 0x21:
            kind, (body, at) = data[at + 1], gif_blocks(data, at + 2)
            repeats = repeats or body.startswith(b"NETSCAPE2.0")
            delay = int.from_bytes(body[1:3], "little") if kind == 0xF9 else delay
        else:
            assert data[at] == 0x2C
            box = tuple(int.from_bytes(data[i:i + 2], "little") for i in range(at + 1, at + 9, 2))
            bits, (packed, behind) = data[at + 10], gif_blocks(data, at + 11)
            frames.append((delay, box, gif_pixels(packed, bits, box[2] * box[3])))
            at = behind
    return size, palette, frames, repeats


class Film(Files):
    def test_a_backward_pass_as_gif(self):
        path = self.path("pass.gif")
        self.good(fixture("autograd.py"), "--size", "640x360", "-o", path)
        size, palette, frames, repeats = gif_read(path)
        self.assertEqual((size, repeats), ((640, 360), True))
        rests = [delay for delay, _, _ in frames if delay > 100]
        self.assertEqual(len(rests), 6)  # what it begins with, and five steps
        self.assertEqual(frames[0][1], (0, 0, 640, 360))
        self.assertEqual(palette[frames[0][2][0]], bytes.fromhex("f6f8fb"))  # the page, exactly
        for _, (x, y, w, h), _ in frames:
            self.assertTrue(x + w <= 640 and y + h <= 360)
        self.assertLess(os.path.getsize(path), 200000)

    def test_forward_and_all(self):
        forward, whole = self.path("f.gif"), self.path("all.gif")
        self.good(fixture("autograd.py"), "--size", "320x180", "--pass", "forward", "-o", forward)
        self.good(fixture("autograd.py"), "--size", "320x180", "--all", "-o", whole)
        self.assertLess(len(gif_read(forward)[2]), len(gif_read(whole)[2]))

    def test_without_a_backward_pass(self):
        path = self.path("plain.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write("import torch\nx = torch.ones(2) + 1\n")
        done = export(path, "-o", self.path("x.gif"))
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("no backward pass", done.stderr)
        self.good(path, "--all", "--size", "320x180", "-o", self.path("x.gif"))

    def film(self, script):
        """An MP4, with that script as ffmpeg; NULL: there is none."""
        folder = self.path("bin")
        os.mkdir(folder)
        if script:
            with open(os.path.join(folder, "ffmpeg"), "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\n" + script)
            os.chmod(os.path.join(folder, "ffmpeg"), 0o755)
        path = folder + (":/usr/bin:/bin" if script else "")
        return export(fixture("autograd.py"), "--size", "321x181", "-o", self.path("x.mp4"),
                      env=dict(os.environ, PATH=path))

    def test_mp4_pipes_every_picture(self):
        done = self.film('for last; do :; done\ncat > "$last"\n')
        self.assertEqual((done.returncode, done.stderr), (GOOD, ""))
        size, picture = os.path.getsize(self.path("x.mp4")), 320 * 180 * 4
        self.assertEqual(size % picture, 0)
        self.assertGreater(size // picture, 100)

    def test_mp4_without_ffmpeg(self):
        done = self.film(None)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (OUTPUT, 1), done.stderr)
        self.assertIn("ffmpeg, which is not installed", done.stderr)
        self.assertEqual(os.listdir(self.folder.name), ["bin"])

    def test_mp4_when_ffmpeg_fails(self):
        done = self.film('for last; do :; done\necho begun > "$last"\necho no such codec >&2\nexit 1\n')
        self.assertEqual((done.returncode, done.stderr.count("\n")), (OUTPUT, 1), done.stderr)
        self.assertIn("no such codec", done.stderr)
        self.assertEqual(os.listdir(self.folder.name), ["bin"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
