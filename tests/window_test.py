"""A real window on a real X server (Xvfb): it opens, shows the lesson, hears keys, and quits.

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
                               folder, "-nolisten", "tcp"],
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


def drive(display, folder):
    environment = {**os.environ, "DISPLAY": display, "SDL_VIDEODRIVER": "x11", "LANG": "C.UTF-8",
                   "XDG_CONFIG_HOME": os.path.join(folder, "config")}
    program = subprocess.Popen([PROGRAM, LESSON, "--size", "1280x800"], env=environment)
    try:
        wait_until("the lesson is on the screen",
                   lambda: different_colours(pixels(folder)) > 25, program)
        for key in ("Right", "End", "l", "g"):
            before = pixels(folder)
            press(display, key)
            wait_until(f"{key} changes the picture", lambda: pixels(folder) != before, program)
        press(display, "ctrl+q", closes=True)
        if program.wait(PATIENCE) != 0:
            sys.exit(f"Ctrl+Q ended the program with status {program.returncode}")
    finally:
        program.kill()


def main():
    if not shutil.which("Xvfb") or not shutil.which("xdotool"):
        print("Xvfb or xdotool is not installed: no real window can be tried")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        server, display = start_server(folder)
        try:
            drive(display, folder)
        finally:
            server.kill()
            server.wait()


main()
