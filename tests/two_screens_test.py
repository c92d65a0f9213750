"""Presenting on two displays of a real X server (Xorg with the dummy driver, which has RandR outputs):
which window fills which, and what happens when the projector goes off and comes back.

    two_screens_test.py GRADLIGHT LESSON
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAM, LESSON = sys.argv[1], sys.argv[2]
SKIPPED = 77
PATIENCE = 20
LAPTOP, PROJECTOR = "DUMMY0", "DUMMY1"

CONFIGURATION = """
Section "Device"
 Identifier "d"
 Driver "dummy"
 VideoRam 262144
EndSection
Section "Monitor"
 Identifier "m"
 HorizSync 5.0-1000.0
 VertRefresh 5.0-200.0
EndSection
Section "Screen"
 Identifier "s"
 Device "d"
 Monitor "m"
 DefaultDepth 24
 SubSection "Display"
  Depth 24
  Virtual 4096 2048
 EndSubSection
EndSection
Section "ServerFlags"
 Option "AutoAddDevices" "false"
 Option "DontVTSwitch" "true"
EndSection
"""


def skip(reason):
    print(reason)
    sys.exit(SKIPPED)


def start_server(folder):
    configuration = os.path.join(folder, "xorg.conf")
    with open(configuration, "w", encoding="ascii") as out:
        out.write(CONFIGURATION)
    server = subprocess.Popen(["Xorg", "-displayfd", "1", "-config", configuration, "-logfile",
                               os.path.join(folder, "xorg.log"), "-nolisten", "tcp", "-noreset",
                               "-novtswitch", "-sharevts"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    number = server.stdout.readline().strip()
    if not number:
        server.wait()
        skip("Xorg does not start with the dummy driver here: two displays cannot be tried")
    return server, ":" + number


class Desktop:
    def __init__(self, display):
        self.environment = {**os.environ, "DISPLAY": display, "SDL_VIDEODRIVER": "x11",
                            "LANG": "C.UTF-8"}

    def call(self, *command, check=True):
        done = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)
        if check and done.returncode != 0:
            sys.exit(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    def switch_on(self, mode):
        self.call("xrandr", "--addmode", PROJECTOR, mode)
        self.call("xrandr", "--output", PROJECTOR, "--mode", mode, "--right-of", LAPTOP)

    def switch_off(self):
        self.call("xrandr", "--output", PROJECTOR, "--off")

    def wait_for_manager(self):
        for _ in range(10 * PATIENCE):
            if "window id" in self.call("xprop", "-root", "_NET_SUPPORTING_WM_CHECK", check=False):
                return
            time.sleep(0.1)
        sys.exit("the window manager does not begin")

    def windows(self):
        """(x, y, width, height) of each, from left to right."""
        found = []
        for number in self.call("xdotool", "search", "--onlyvisible", "--class", "gradlight",
                                check=False).split():
            text = self.call("xdotool", "getwindowgeometry", "--shell", number, check=False)
            values = dict(re.findall(r"(\w+)=(-?\d+)", text))
            if "WIDTH" in values:
                found.append(tuple(int(values[key]) for key in ("X", "Y", "WIDTH", "HEIGHT")))
        return sorted(found)

    def press(self, key):
        """In the window furthest to the left: without a window manager somebody has to choose."""
        ids = self.call("xdotool", "search", "--onlyvisible", "--class", "gradlight").split()
        self.call("xdotool", "windowfocus", ids[0], "key", key, check=False)


def wait_for(what, ready, program, shown):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if program.poll() is not None:
            sys.exit(f"the program ended with status {program.returncode} before {what}")
        if ready():
            return
        time.sleep(0.1)
    sys.exit(f"waited {PATIENCE} s in vain for {what}; windows: {shown()}")


def drive(desktop, program):
    def expect(what, ready):
        wait_for(what, lambda: ready(desktop.windows()), program, desktop.windows)

    def alone(windows):
        return len(windows) == 1

    def filled(x, width, height):
        return lambda windows: len(windows) == 2 and (x, 0, width, height) in windows

    expect("the window opens", alone)
    desktop.switch_on("1024x768")
    desktop.press("F5")
    expect("the class's window fills the projector", filled(1368, 1024, 768))
    desktop.switch_off()
    expect("one window is left when the projector goes off", alone)
    desktop.switch_on("1280x720")
    expect("the class's window comes back with the projector", filled(1368, 1280, 720))
    desktop.switch_on("1024x768")
    expect("it fills the projector when that has other pixels", filled(1368, 1024, 768))
    desktop.press("shift+w")
    expect("the screens are swapped", filled(0, 1368, 768))
    desktop.press("shift+w")
    expect("and swapped back", filled(1368, 1024, 768))
    desktop.press("s")
    expect("one window is left, on the projector",
           lambda windows: alone(windows) and windows[0][0] >= 1368)
    desktop.press("s")
    expect("two windows present again", filled(1368, 1024, 768))
    desktop.press("Escape")
    expect("presenting ends with one window", alone)
    desktop.switch_off()
    desktop.press("F5")
    expect("one window presents on one display", alone)
    desktop.switch_on("1024x768")
    expect("a projector that comes later is filled", filled(1368, 1024, 768))
    desktop.press("Escape")
    expect("presenting ends again", alone)
    desktop.press("ctrl+q")
    if program.wait(PATIENCE) != 0:
        sys.exit(f"Ctrl+Q ended the program with status {program.returncode}")


def try_with(manager):
    """`manager`: the window manager's program; None: there is none."""
    with tempfile.TemporaryDirectory() as folder:
        server, display = start_server(folder)
        program = managing = None
        try:
            desktop = Desktop(display)
            if PROJECTOR not in desktop.call("xrandr", check=False):
                skip("the dummy driver has but one output here: two displays cannot be tried")
            desktop.call("xrandr", "--output", LAPTOP, "--mode", "1368x768", "--primary")
            settings = os.path.join(folder, "config", "gradlight")
            os.makedirs(settings)
            with open(os.path.join(settings, "settings"), "w", encoding="utf-8") as out:
                out.write("ask-room = no\n")
            if manager:
                managing = subprocess.Popen([manager], env=desktop.environment, stdout=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL)
                desktop.wait_for_manager()
            program = subprocess.Popen(
                [PROGRAM, LESSON, "--size", "1000x700"],
                env={**desktop.environment, "XDG_CONFIG_HOME": os.path.join(folder, "config")})
            drive(desktop, program)
        finally:
            for process in filter(None, (program, managing)):
                process.kill()
                process.wait()
            server.kill()
            server.wait()


def main():
    for tool in ("Xorg", "xrandr", "xdotool"):
        if not shutil.which(tool):
            skip(f"{tool} is not installed: two displays cannot be tried")
    try_with(None)
    for manager in ("openbox", "metacity"):
        if shutil.which(manager) and shutil.which("xprop"):
            try_with(manager)


main()
