"""A real window on a real X server (Xvfb): it opens, shows the lesson, hears keys, and quits; and its
text is as large as the desktop asks for.

    window_test.py GRADLIGHT LESSON
"""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time

PROGRAM, LESSON = sys.argv[1], sys.argv[2]
SKIPPED = 77
PATIENCE = 20


def start_server(folder):
    server = subprocess.Popen(["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-fbdir",
                               folder, "-nolisten", "tcp", "-noreset"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return server, ":" + server.stdout.readline().strip()


def pixels(folder):
    """The screen's bytes: Xvfb keeps it in a file with an XWD header."""
    with open(os.path.join(folder, "Xvfb_screen0"), "rb") as screen:
        data = screen.read()
    header_size, = struct.unpack(">I", data[:4])
    colours, = struct.unpack(">I", data[76:80])
    return data[header_size + colours * 12:]


def different_colours(data):
    return len({data[i:i + 4] for i in range(0, len(data) - 4, 404)})


def wait_until(what, ready, program):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if program.poll() is not None:
            sys.exit(f"the program ended with status {program.returncode} before {what}")
        if ready():
            return
        time.sleep(0.05)
    sys.exit(f"waited {PATIENCE} s in vain for {what}")


def press(display, key, closes=False):
    """A key that closes the window may leave xdotool with no window to release it in."""
    subprocess.run(["xdotool", "search", "--class", "gradlight", "windowfocus", "key", key],
                   check=not closes, stderr=subprocess.DEVNULL if closes else None, env={**os.environ, "DISPLAY": display}, timeout=PATIENCE)


def open_window(display, folder):
    environment = {**os.environ, "DISPLAY": display, "SDL_VIDEODRIVER": "x11", "LANG": "C.UTF-8",
                   "XDG_CONFIG_HOME": os.path.join(folder, "config"),
                   "PATH": os.path.join(folder, "bin") + ":" + os.environ["PATH"]}
    for name in ("GDK_SCALE", "QT_SCALE_FACTOR", "WAYLAND_DISPLAY"):
        environment.pop(name, None)
    return subprocess.Popen([PROGRAM, LESSON, "--size", "1280x800"], env=environment)


def picture_at(dpi, display, folder):
    """The window at rest on a new desktop of so many dots per inch."""
    subprocess.run(["xrdb", "-nocpp", "-load"], input=f"Xft.dpi: {dpi}\n", text=True, check=True,
                   env={**os.environ, "DISPLAY": display}, timeout=PATIENCE)
    program = open_window(display, folder)
    seen = []

    def at_rest():
        seen.append(pixels(folder))
        time.sleep(0.25)
        return different_colours(seen[-1]) > 25 and pixels(folder) == seen[-1]

    try:
        wait_until(f"the lesson rests at {dpi} dots per inch", at_rest, program)
        press(display, "ctrl+q", closes=True)
        program.wait(PATIENCE)
        return seen[-1]
    finally:
        program.kill()


def on_server(do, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        server, display = start_server(folder)
        try:
            return do(*arguments, display, folder)
        finally:
            server.kill()
            server.wait()


def try_densities():
    if not shutil.which("xrdb"):
        print("xrdb is not installed: what the desktop asks for cannot be tried")
        return
    usual, same, large = (on_server(picture_at, dpi) for dpi in ("96", "96.0", "192"))
    if usual != same:
        sys.exit("at 96 dots per inch the window does not look the same twice")
    if usual == large:
        sys.exit("at 192 dots per inch the window looks as it does at 96")


def put_clipboard(folder):
    """An xclip that keeps what is copied in a file; returns what of it is there."""
    copied, program = os.path.join(folder, "copied"), os.path.join(folder, "bin", "xclip")
    os.mkdir(os.path.dirname(program))
    with open(program, "w", encoding="utf-8") as script:
        script.write(f"#!/bin/sh\ncat > '{copied}.part' && mv '{copied}.part' '{copied}'\n")
    os.chmod(program, 0o755)

    def there():
        try:
            with open(copied, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""
    return there


def drive(display, folder):
    clipboard = put_clipboard(folder)
    program = open_window(display, folder)
    try:
        wait_until("the lesson is on the screen",
                   lambda: different_colours(pixels(folder)) > 25, program)
        for key in ("Right", "End", "l", "g"):
            before = pixels(folder)
            press(display, key)
            wait_until(f"{key} changes the picture", lambda: pixels(folder) != before, program)
        press(display, "ctrl+c")
        wait_until("a picture is copied", lambda: clipboard() != b"", program)
        if clipboard()[:4] != b"\x89PNG" or clipboard()[25] != 6:
            sys.exit("what was copied is no PNG with a transparent page")
        press(display, "ctrl+q", closes=True)
        if program.wait(PATIENCE) != 0:
            sys.exit(f"Ctrl+Q ended the program with status {program.returncode}")
    finally:
        program.kill()


def main():
    if not shutil.which("Xvfb") or not shutil.which("xdotool"):
        print("Xvfb or xdotool is not installed: no real window can be tried")
        sys.exit(SKIPPED)
    on_server(drive)
    try_densities()


main()
